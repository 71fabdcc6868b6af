"""A definition on its way: keys and values, where each comes from, and how surely."""
