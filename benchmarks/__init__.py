"""Benchmarks that anyone can repeat: `make bench`. Ratios taken in one run, never asserted."""
