"""Keeping a command within bounds besides time. Knows no verdict."""
