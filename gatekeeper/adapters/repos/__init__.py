"""Git working trees: where they stand, and a digest of exactly what is in them."""
