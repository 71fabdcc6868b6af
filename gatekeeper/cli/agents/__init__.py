"""Coding agents: judged when they stop, and served as they work."""
