"""Owns what ready-made steps decide: code, documents, contracts, environments. Knows no file and no process."""
