"""git hooks: the files that are installed, what they answer from, and what is written down of pushes."""
