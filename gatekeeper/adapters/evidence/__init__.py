"""Owns looking at what lies in a run's folder: the files that its journal names, and those that it does not."""
