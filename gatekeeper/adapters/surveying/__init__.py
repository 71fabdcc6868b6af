"""Looking at a tree: which files there are, and what the manifests among them hold."""
