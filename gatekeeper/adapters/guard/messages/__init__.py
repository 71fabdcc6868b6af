"""What travels between orchestrator, warden and guardian. Knows nothing of what is done with it."""
