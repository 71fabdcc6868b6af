"""Probes: what gatekeeper asks itself (HTTP, TCP port, file) instead of running a command."""
