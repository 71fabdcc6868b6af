"""What a command writes, from its descriptor to the stored file. Knows no process."""
