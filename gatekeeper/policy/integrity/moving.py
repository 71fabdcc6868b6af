"""Owns what only went to another place: files under a new name, and lines that came to another file. Judges nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from gatekeeper.policy.integrity.change import FileChange

_ALIKE = 0.6


def moved_files(changes: Iterable[FileChange]) -> dict[str, FileChange]:
    """By the path of each file that came in: the one of its kind that went, and that it most likely is."""
    listed = [change for change in changes if not change.problem and change.kind not in {"test", "evidence"}]
    gone = [change for change in listed if change.after is None and change.before is not None]
    found: dict[str, FileChange] = {}
    for new in (change for change in listed if change.before is None and change.after is not None):
        match = next((old for old in gone if old.kind == new.kind and _is_same(old, new)), None)
        if match is not None:
            gone.remove(match)
            found[new.path] = match
    return found


def lines_elsewhere(changes: Iterable[FileChange]) -> dict[str, frozenset[str]]:
    """By path: the lines that came to the other files of `changes`, each also without what YAML puts before it."""
    came = {change.path: _lines(change.after or "") - _lines(change.before or "") for change in changes}
    return {path: frozenset().union(*(lines for other, lines in came.items() if other != path)) for path in came}


def _is_same(old: FileChange, new: FileChange) -> bool:
    if old.before == new.after or old.path.rpartition("/")[2] == new.path.rpartition("/")[2]:
        return True
    was, now = (Counter((text or "").split("\n")) for text in (old.before, new.after))
    return sum((was & now).values()) >= _ALIKE * max(was.total(), now.total())


def _lines(text: str) -> frozenset[str]:
    lines = {" ".join(line.split()) for line in text.split("\n")}
    return frozenset(lines | {re.sub(r"^(?:- )?(?:[\w-]+: )?", "", line) for line in lines}) - {""}
