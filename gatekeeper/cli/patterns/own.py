"""Owns taking a project's pattern files as they are at one moment, unread. Knows no format."""

from __future__ import annotations

from gatekeeper.adapters.patterns.registry import FOLDER, own_files
from gatekeeper.adapters.repos.at_ref import CannotRead, FileSource
from gatekeeper.model.errors import Problem
from gatekeeper.model.record import NamedTuple


class OwnPatterns(NamedTuple):
    """Paths and contents of a project's pattern files; and what is wrong with those that could not be had."""

    files: tuple[tuple[str, bytes], ...] = ()
    problems: tuple[Problem, ...] = ()


def own_patterns(source: FileSource) -> OwnPatterns:
    """The pattern files of the project that `source` reads."""
    files: list[tuple[str, bytes]] = []
    path = FOLDER
    try:
        for path in own_files(source.paths(FOLDER)):
            content = source.read(path)
            if content is not None:
                files.append((path, content))
    except CannotRead as fault:
        return OwnPatterns(tuple(files), (Problem(path, 1, 1, "", str(fault)),))
    return OwnPatterns(tuple(files))
