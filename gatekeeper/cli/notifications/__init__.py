"""Telling people how a run ended: whom, and what was told already."""
