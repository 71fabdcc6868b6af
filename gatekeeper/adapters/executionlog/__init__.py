"""Owns the execution log: the Markdown document of a cycle, for people. Everything in it comes from events."""
