"""What a run is judged by, and whether a change of it makes the run easier to pass. Pure."""
