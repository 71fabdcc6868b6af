"""Owns finding the files of a step's globs. A glob that matches nothing is a finding."""

from __future__ import annotations

import os
from collections.abc import Iterable

from gatekeeper.policy.ready_made.checked import Checked, Spot

_PASSED_OVER = frozenset({".git", ".hg", ".svn", ".tox", ".nox", "__pycache__", "node_modules", ".venv", "venv"})
"""Folders that hold other people's files; a glob that names one of them reaches into it all the same."""


def matching(globs: Iterable[str]) -> tuple[tuple[str, ...], tuple[Checked, ...]]:
    """The files that `globs` match in the current folder, sorted, and a failed check for each that matches none."""
    found: set[str] = set()
    empty: list[Checked] = []
    for pattern in globs:
        files = files_of(pattern)
        found.update(files)
        if not files:
            spot = Spot(f"nothing matches {pattern!r} in {os.getcwd()}; correct the glob, or remove it")
            empty.append(Checked(pattern, "matches files", (spot,)))
    return tuple(sorted(found)), tuple(empty)


def files_of(pattern: str) -> tuple[str, ...]:
    """The regular files that one glob matches (``**`` at any depth), relative where the glob is."""
    from glob import glob

    named = set(pattern.split("/"))
    return tuple(
        os.path.normpath(name)
        for name in sorted(glob(pattern, recursive=True, include_hidden=True))
        if os.path.isfile(name) and not (_PASSED_OVER - named) & set(os.path.normpath(name).split("/"))
    )
