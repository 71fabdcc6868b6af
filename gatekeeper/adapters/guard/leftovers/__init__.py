"""What a command leaves: finding, telling, ending and removing it. Knows no deadline."""
