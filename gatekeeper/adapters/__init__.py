"""Floor 3: the outside world, one folder each. Siblings never import each other."""
