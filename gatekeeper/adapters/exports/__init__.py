"""Runs written in formats that other tools read, one file a format. Knows no journal and no place to write to."""
