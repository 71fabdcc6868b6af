"""Owns what the report page of a run shows, and in which order. Knows no HTML and no file."""
