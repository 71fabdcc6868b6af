"""What lies in the run's folder for a fixer, and what it leaves there."""
