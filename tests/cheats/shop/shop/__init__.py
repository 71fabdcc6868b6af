"""A shop: what a basket costs, and what codes take off it."""
