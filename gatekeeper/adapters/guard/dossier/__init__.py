"""What a command was doing when it had to be ended, and the one sentence on why. Ends nothing."""
