"""Owns bringing a project's patterns together: from where its files are read, and who reads them. Looks for none."""

from __future__ import annotations

from gatekeeper.adapters.definition.pattern_file import read_pattern
from gatekeeper.adapters.patterns.registry import FOLDER, Registry, load, own_files
from gatekeeper.adapters.repos.at_ref import CannotRead, FileSource, WorkingTree
from gatekeeper.model.errors import Problem


def broken_patterns(root: str) -> tuple[Problem, ...]:
    """What is wrong with the pattern files of the project at `root`."""
    return patterns_in(WorkingTree(root)).problems


def patterns_in(source: FileSource) -> Registry:
    """The built-in patterns and those of the project that `source` reads, and what is wrong with the rest."""
    own: list[tuple[str, bytes]] = []
    problems: list[Problem] = []
    path = FOLDER
    try:
        for path in own_files(source.paths(FOLDER)):
            content = source.read(path)
            if content is not None:
                own.append((path, content))
    except CannotRead as fault:
        problems.append(Problem(path, 1, 1, "", str(fault)))
    registry = load(read_pattern, own)
    return registry._replace(problems=(*problems, *registry.problems))
