"""Several cycles by one command: each a child, all seen at one terminal."""
