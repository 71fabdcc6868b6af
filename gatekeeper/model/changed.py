"""Owns which lines of a working tree differ from a base. Knows nothing of how that was found."""

from collections.abc import Mapping

from gatekeeper.model.record import NamedTuple


class ChangedLines(NamedTuple):
    """What differs from `base`, a commit in words. Paths are relative to `root`, the working tree's top (absolute).

    `files` are all files of the tree. `lines` maps those that differ to the numbers of their new or changed lines, or
    to None where every line is. `problem` says why nothing can be told; "nothing changed" is an empty mapping without.
    """

    root: str
    base: str
    files: tuple[str, ...] = ()
    lines: Mapping[str, frozenset[int] | None] = {}
    problem: str = ""
