"""Owns the numbers that bound a definition, so that no file can make gatekeeper slow, deep or large."""

from __future__ import annotations

FORMAT = 1
"""The version of the format that this gatekeeper reads (`gatekeeper: 1`)."""

LARGEST_FILE = 1 << 20
DEEPEST_NESTING = 64
MOST_ALIASED_NODES = 100_000
MOST_COMBINATIONS = 20_000
MOST_NEEDS = 200_000
LONGEST_NAME = 64
LONGEST_STEP_NAME = 160
LONGEST_LOCK_NAME = 160
LONGEST_DURATION_S = 7 * 24 * 3600.0
SMALLEST_MEMORY = 1 << 20
DEFAULT_TIMEOUT_S = 600.0
SMALLEST_BRIEF = 4 << 10
LARGEST_BRIEF = 1 << 20
