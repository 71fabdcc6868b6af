"""What makes a shell complete command lines: its script, and the words."""
