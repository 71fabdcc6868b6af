"""Trying out, for `gatekeeper doctor`, what this machine can contain. Grades nothing."""
