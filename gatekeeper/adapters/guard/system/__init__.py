"""What the kernel tells of processes and does to them, as plain calls. Knows no command and no step."""
