"""Removing old runs, and what is kept beside them."""
