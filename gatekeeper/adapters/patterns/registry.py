"""Owns which patterns there are: the built-in ones and a project's own, and in which order they are tried.

Knows no YAML: who reads one file comes in.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from gatekeeper.model.errors import DefinitionError, Problem
from gatekeeper.model.pattern import Pattern
from gatekeeper.model.record import NamedTuple

FOLDER = "gates/patterns"
"""Where a project's own patterns lie, relative to its root."""

Read: TypeAlias = Callable[[bytes, str], Pattern]
"""Reads a pattern from a file's bytes, and the file's name for messages. Raises `DefinitionError`."""

_BUILT_IN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "builtin")
_ENDING = ".yaml"


class Registry(NamedTuple):
    """All patterns, those that are tried first before the others; and what is wrong with the files of the rest."""

    patterns: tuple[Pattern, ...]
    problems: tuple[Problem, ...] = ()

    def get(self, name: str) -> Pattern | None:
        """The pattern of this name."""
        return next((pattern for pattern in self.patterns if pattern.id == name), None)


def load(read: Read, own: Iterable[tuple[str, bytes]], *, read_built_in: Read | None = None) -> Registry:
    """The built-in patterns and a project's `own` (paths and contents), which replace built-in ones of their names.

    The built-in ones may be read in a way of their own, such as one that asks less of what was looked at already.
    """
    patterns = {pattern.id: pattern for pattern in _built_in(read_built_in or read)}
    problems: list[Problem] = []
    for path, content in own:
        try:
            pattern = read(content, path)
            patterns[pattern.id] = pattern
        except DefinitionError as wrong:
            problems += wrong.problems
    ordered = sorted(patterns.values(), key=lambda pattern: (-pattern.priority, pattern.id))
    return Registry(tuple(ordered), tuple(problems))


def own_files(paths: Iterable[str]) -> tuple[str, ...]:
    """Those of `paths`, relative to the project root, that hold patterns."""
    return tuple(path for path in paths if os.path.dirname(path) == FOLDER and path.endswith(_ENDING))


def known_ids(root: str) -> frozenset[str]:
    """The names of all patterns that the project at `root` can mention. No file is opened."""
    names = os.listdir(_BUILT_IN)
    with contextlib.suppress(OSError):
        names += os.listdir(os.path.join(root, FOLDER))
    return frozenset(name.removesuffix(_ENDING) for name in names if name.endswith(_ENDING))


def _built_in(read: Read) -> Iterator[Pattern]:
    for name in sorted(os.listdir(_BUILT_IN)):
        with open(os.path.join(_BUILT_IN, name), "rb") as file:
            yield read(file.read(), f"built-in/{name}")
