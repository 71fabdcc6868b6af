"""Recognising known failures."""
