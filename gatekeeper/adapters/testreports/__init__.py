"""Test reports that steps write: found, kept as evidence, and read without trust."""
