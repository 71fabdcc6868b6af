"""Owns which changes of an API break those who use it. Knows no file."""
