"""Owns which patterns there are: the built-in ones and a project's own, and in which order they are tried.

Knows no YAML: who reads one file comes in.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Protocol, TypeAlias

from gatekeeper.model.errors import DefinitionError, Problem
from gatekeeper.model.pattern import Pattern
from gatekeeper.model.record import NamedTuple

FOLDER = "gates/patterns"
"""Where a project's own patterns lie, relative to its root."""

Read: TypeAlias = Callable[[bytes, str], Pattern]
"""Reads a pattern from a file's bytes, and the file's name for messages. Raises `DefinitionError`."""

_BUILT_IN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "builtin")
_ENDING = ".yaml"


class Files(Protocol):
    """A project's files, as they are read; both calls may raise an exception that says why they cannot be."""

    def read(self, path: str) -> bytes | None:
        """The content of the file at `path`, relative to the project root; None where there is none."""
        ...

    def paths(self, folder: str) -> tuple[str, ...]:
        """The paths of all files below `folder`, sorted."""
        ...


class Registry(NamedTuple):
    """All patterns, those that are tried first before the others; and what is wrong with the files of the rest."""

    patterns: tuple[Pattern, ...]
    problems: tuple[Problem, ...] = ()

    def get(self, name: str) -> Pattern | None:
        """The pattern of this name."""
        return next((pattern for pattern in self.patterns if pattern.id == name), None)


def load(read: Read, project: Files | None) -> Registry:
    """The built-in patterns and those of the `project`, of which one takes the place of a built-in one of its name."""
    patterns = {pattern.id: pattern for pattern in _built_in(read)}
    problems: list[Problem] = []
    for path in _own(project):
        try:
            content = project.read(path) if project is not None else None
            if content is not None:
                pattern = read(content, path)
                patterns[pattern.id] = pattern
        except DefinitionError as wrong:
            problems += wrong.problems
    ordered = sorted(patterns.values(), key=lambda pattern: (-pattern.priority, pattern.id))
    return Registry(tuple(ordered), tuple(problems))


def _built_in(read: Read) -> Iterator[Pattern]:
    for name in sorted(os.listdir(_BUILT_IN)):
        with open(os.path.join(_BUILT_IN, name), "rb") as file:
            yield read(file.read(), f"built-in/{name}")


def _own(project: Files | None) -> tuple[str, ...]:
    found = project.paths(FOLDER) if project is not None else ()
    return tuple(path for path in found if path.endswith(_ENDING) and os.path.dirname(path) == FOLDER)
