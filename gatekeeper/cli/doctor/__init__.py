"""What this machine can contain, and what is missing."""
