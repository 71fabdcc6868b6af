"""Owns which file of a working tree a path in a coverage report means. Reads no report.

Reports name files by absolute paths, from the step's folder, from a source folder, or from where another machine or a
package name begins. A file that is there is meant; else the one file of the tree whose path ends alike.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable

from gatekeeper.model.record import NamedTuple


class Ambiguous(NamedTuple):
    """A path that could mean any of several files."""

    path: str
    candidates: tuple[str, ...]

    def __str__(self) -> str:
        some = ", ".join(self.candidates[:3]) + (" …" if len(self.candidates) > 3 else "")
        return f"the coverage names a file {self.path!r}, which could be any of {len(self.candidates)}: {some}"


def on_disk(path: str, folder: str, sources: Iterable[str]) -> str | Ambiguous | None:
    """The absolute path of the file that a report in `folder` calls `path`; None where it is nowhere."""
    found: set[str] = set()
    # Paths begin at the sources where a report names some; many that name them are written from elsewhere, though.
    for bases in ([os.path.join(folder, source) for source in sources], [folder]):
        wholes = (os.path.normpath(os.path.join(base, path)) for base in bases)
        found = found or {os.path.realpath(whole) for whole in wholes if os.path.isfile(whole)}
    if len(found) > 1:
        return Ambiguous(path, tuple(sorted(found)))
    return found.pop() if found else None


class Tree:
    """The files of a working tree, to be found by how their paths end. `files` are relative to its top."""

    def __init__(self, files: Iterable[str]) -> None:
        self._by_name: defaultdict[str, list[str]] = defaultdict(list)
        for file in files:
            self._by_name[file.rpartition("/")[2]].append(file)

    def ending_like(self, path: str) -> str | Ambiguous | None:
        """The file whose path has the longest end in common with `path`, at least its name and folder.

        A path that is nothing but a name, or a file at the top, needs no folder.
        """
        parts = [part for part in path.replace("\\", "/").split("/") if part not in {"", "."}]
        candidates = self._by_name.get(parts[-1], []) if parts else []
        alike = [(_common(parts, candidate.split("/")), candidate) for candidate in candidates]
        enough = [
            (length, candidate) for length, candidate in alike if length > 1 or len(parts) == 1 or "/" not in candidate
        ]
        longest = max((length for length, _ in enough), default=0)
        best = [candidate for length, candidate in enough if length == longest]
        if len(best) > 1:
            return Ambiguous(path, tuple(best))
        return best[0] if best else None


def _common(one: list[str], other: list[str]) -> int:
    length = 0
    while length < min(len(one), len(other)) and one[-1 - length] == other[-1 - length]:
        length += 1
    return length
