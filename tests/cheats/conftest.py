"""Owns keeping the shop's own tests out of ours: they are what the corpus is about."""

collect_ignore = ["shop"]
