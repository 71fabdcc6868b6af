"""Adapter: what this machine is and has, asked of it for `gatekeeper doctor`."""
