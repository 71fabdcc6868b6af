"""Old runs on the disk: what they take, what refers to them, and taking them away whole."""
