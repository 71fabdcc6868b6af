"""Owns what is remembered of a step from runs: whether an attempt passed, and on which tree. Knows no journal."""

from gatekeeper.model.record import NamedTuple


class FormerAttempt(NamedTuple):
    """One attempt that passed or failed on a tree that stayed the same while it ran (its digest)."""

    run: str
    gate: str
    step: str
    tree: str
    passed: bool
