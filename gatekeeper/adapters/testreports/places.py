"""Owns finding files by globs, so that no tree, however it is linked, makes it run on. Knows no reports.

The globs are Python's: ``*`` stays in a folder and passes over hidden names, ``**`` is any depth. Unlike in Python's,
``**`` goes through no link to a folder: two of those can make as many paths as there are atoms.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from fnmatch import translate

MOST_VISITED = 1_000_000
"""How many names are looked at for one glob."""

_MAGIC = re.compile(r"[*?\[]")


class TooManyFiles(Exception):
    """A glob leads through more files than are looked at; its text says how many."""


def matching(pattern: str, folder: str) -> list[str]:
    """The names below `folder` that match, sorted; folders and links to nothing are among them.

    Raises:
        TooManyFiles: more than `MOST_VISITED` names were looked at.
    """
    absolute = pattern.startswith("/")
    parts: list[str] = []
    for part in pattern.split("/"):
        if part and not (part == "**" and parts[-1:] == ["**"]):
            parts.append(part)
    return sorted(set(_Walk().matches("/" if absolute else folder, "/" if absolute else "", parts)))


class _Walk:
    def __init__(self) -> None:
        self._visited = 0

    def matches(self, folder: str, name: str, parts: list[str]) -> Iterator[str]:
        if not parts:
            return
        first, rest = parts[0], parts[1:]
        if first == "**":
            yield from self._any_depth(folder, name, rest)
        elif _MAGIC.search(first) is None:
            path = os.path.join(folder, first)
            if rest:
                yield from self.matches(path, f"{name}{first}/", rest)
            elif os.path.lexists(path):
                yield f"{name}{first}"
        else:
            fits = re.compile(translate(first)).match
            for entry in self._entries(folder):
                if (entry.name.startswith(".") and not first.startswith(".")) or fits(entry.name) is None:
                    continue
                if not rest:
                    yield f"{name}{entry.name}"
                elif _is_folder(entry, through_links=True):
                    yield from self.matches(entry.path, f"{name}{entry.name}/", rest)

    def _any_depth(self, folder: str, name: str, rest: list[str]) -> Iterator[str]:
        waiting = [(folder, name)]
        while waiting:
            folder, name = waiting.pop()
            yield from self.matches(folder, name, rest)
            for entry in self._entries(folder):
                if entry.name.startswith("."):
                    continue
                if _is_folder(entry, through_links=False):
                    waiting.append((entry.path, f"{name}{entry.name}/"))
                elif not rest:
                    yield f"{name}{entry.name}"

    def _entries(self, folder: str) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as found:
                for entry in found:
                    self._visited += 1
                    if self._visited > MOST_VISITED:
                        raise TooManyFiles(f"leads through more than {MOST_VISITED} files")
                    yield entry
        except OSError:
            return


def _is_folder(entry: os.DirEntry[str], *, through_links: bool) -> bool:
    try:
        return entry.is_dir(follow_symlinks=through_links)
    except OSError:
        return False
