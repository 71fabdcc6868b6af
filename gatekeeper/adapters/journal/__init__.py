"""Owns the journal: the append-only, hash-chained record of a run, and the folders that runs lie in."""
