"""The baselines: shown, and taken in from a run."""
