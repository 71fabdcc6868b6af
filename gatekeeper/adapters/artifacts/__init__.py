"""Adapter: files that steps wrote and declared, kept as evidence."""
