"""What a fixer is told before it is called."""
