"""Owns bringing a project's patterns together with the built-in ones, and who reads them. Looks for none."""

from __future__ import annotations

from functools import partial

from gatekeeper.adapters.definition.pattern_file import read_pattern
from gatekeeper.adapters.patterns.registry import Registry, load
from gatekeeper.adapters.repos.at_ref import FileSource, WorkingTree
from gatekeeper.cli.patterns.own import OwnPatterns, own_patterns
from gatekeeper.model.errors import Problem


def broken_patterns(root: str) -> tuple[Problem, ...]:
    """What is wrong with the pattern files of the project at `root`."""
    return patterns_in(WorkingTree(root)).problems


def patterns_in(source: FileSource) -> Registry:
    """The built-in patterns and those of the project that `source` reads, and what is wrong with the rest."""
    return patterns_with(own_patterns(source))


def patterns_with(own: OwnPatterns) -> Registry:
    """The built-in patterns and a project's `own`, and what is wrong with the rest."""
    registry = load(read_pattern, own.files, read_built_in=partial(read_pattern, checked=True))
    return registry._replace(problems=(*own.problems, *registry.problems))
