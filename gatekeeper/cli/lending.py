"""Owns what scratch worktrees get of what git ignores in the repos that they stand for. Runs nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping

from gatekeeper.adapters.repos.editable import imported_from
from gatekeeper.adapters.repos.sharing import lend
from gatekeeper.cli.opening import Bound
from gatekeeper.cli.scratch_place import ScratchPlace
from gatekeeper.model.cycle_parts import RepoSpec
from gatekeeper.model.plan import Plan


def repos_by_path(plan: Plan, bound: Bound) -> dict[str, RepoSpec]:
    """The repos of the cycle by their absolute paths."""
    specs = {spec.name: spec for spec in plan.repos}
    return {repo.path: specs.get(repo.name, RepoSpec(repo.name, repo.path)) for repo in bound.repos}


def lend_all(place: ScratchPlace, repos: Mapping[str, RepoSpec]) -> dict[str, tuple[str, ...]]:
    """Give the worktrees what the repos share; what each was given, by the repo's path. Raises `OSError`."""
    return {path: lend(path, place.of(path) or path, spec.share) for path, spec in repos.items()}


def sources_in(place: ScratchPlace, lent: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What stands for the folders that environments import the repos' own code from."""
    found = [
        place.of(os.path.join(path, name)) or ""
        for path, names in lent.items()
        for name in imported_from(path, names, os.environ)
    ]
    return tuple(folder for folder in found if os.path.isdir(folder))
