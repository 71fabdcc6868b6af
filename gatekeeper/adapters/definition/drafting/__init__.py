"""Writing a definition out of a draft."""
