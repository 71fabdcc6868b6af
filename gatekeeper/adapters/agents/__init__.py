"""What is kept of agents' sessions, and the files of their tools."""
