"""Owns the report page of a run: its HTML, its look and the little that it can do. Reads no journal and no output."""
