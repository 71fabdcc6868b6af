"""Hooks of git: each judges exactly what is pushed, or committed."""
