"""One run a tree: locks that die with their holder."""
