"""Owns which runs the files that are kept beside them name. Knows no format: a run's id is told by its form."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator

_RUN = re.compile(r'"(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-[^"\\/]+-[0-9a-z]{4})"')


def runs_named_in(path: str) -> frozenset[str]:
    """The runs that a file names. Raises `OSError`: of a file that cannot be read nobody knows whom it needs."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with open(descriptor, encoding="utf-8", errors="replace") as file:
        return frozenset(_RUN.findall(file.read()))


def files_in(folder: str, suffix: str) -> Iterator[tuple[str, float]]:
    """What lies in `folder` and below and is named so, with the time of its last change (s since 1970); no folders."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if name.endswith(suffix):
                path = os.path.join(place, name)
                try:
                    found = os.lstat(path)
                except FileNotFoundError:
                    continue
                if not stat.S_ISDIR(found.st_mode):
                    yield path, found.st_mtime
