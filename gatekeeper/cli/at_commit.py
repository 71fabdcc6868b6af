"""Owns putting a run into a scratch worktree of a commit, so that just that commit is judged. Runs nothing.

Only the project's own repository is there at the commit; other repos of the cycle are used where they are.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack

from gatekeeper.adapters.repos.commits import CannotRead, branch_of, resolve
from gatekeeper.adapters.repos.scratch import Scratch
from gatekeeper.adapters.repos.sharing import unlike
from gatekeeper.cli.leftovers import WORKTREES
from gatekeeper.cli.lending import lend_all, repos_by_path, sources_in
from gatekeeper.cli.opening import Bound, bind_plan
from gatekeeper.cli.own_imports import PYTHONPATH, importing
from gatekeeper.cli.project import state_folder
from gatekeeper.cli.run_request import Placement, RunRequest
from gatekeeper.cli.scratch_place import ScratchPlace
from gatekeeper.cli.tops import top_of
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.cycle_parts import RepoSpec
from gatekeeper.model.errors import EnvironmentFault
from gatekeeper.model.plan import Plan


def place_at(request: RunRequest, rev: str, closing: ExitStack, branch: str | None = None) -> RunRequest:
    """`request`, taking place in a worktree of the commit that `rev` names; `closing` takes that away.

    `branch` is the one that steps with a condition are told of; None is the one that `rev` names, or that HEAD is on.

    Raises `EnvironmentFault` where the project is in no git repository, or the commit cannot be checked out.
    """
    root = os.path.realpath(request.root)
    top = top_of(root)
    if top is None:
        raise EnvironmentFault(f"--at {rev}: {root} is in no git repository, so it has no commits")
    try:
        commit = resolve(root, rev).id
        scratch = Scratch(top, commit, os.path.join(state_folder(request.root), WORKTREES), kept=request.keep_worktrees)
        closing.callback(scratch.close)
        scratch.open()
    except CannotRead as fault:
        raise EnvironmentFault(f"--at {rev}: {fault}") from None
    inside = os.path.normpath(os.path.join(scratch.top, os.path.relpath(root, top)))
    if not os.path.isdir(inside):
        raise EnvironmentFault(f"--at {rev}: the folder {os.path.relpath(root, top)} is not there at {commit[:12]}")
    on = branch_of(root, rev) if branch is None else branch
    branches: dict[str, str] = {}

    def placed(plan: Plan) -> Plan:
        bound = bound_here(plan, request)
        place = ScratchPlace(bound, root, {top: scratch})
        branches.update((repo.name, on) for repo in bound.repos if place.of(repo.path) is not None)
        moved = judged_only(place.placed(plan))._replace(source=place.of(request.path) or request.path)
        sources = sources_in(place, lend_all(place, _as_installed(place, repos_by_path(plan, bound), commit)))
        return importing(moved, sources, os.environ.get(PYTHONPATH, ""))

    return request._replace(placement=Placement(inside, request.root, placed, branches, commit))


def _as_installed(place: ScratchPlace, repos: Mapping[str, RepoSpec], commit: str) -> dict[str, RepoSpec]:
    """The repos without those folders of dependencies that were installed for something else than the commit."""
    found = {}
    for path, spec in repos.items():
        others = unlike(os.path.realpath(path), place.of(path) or path, spec.share)
        for name, lock in others.items():
            if os.path.isdir(os.path.join(path, name)):
                said = f"{name} is not lent: {lock} in {path} is not as at {commit[:12]}"
                print(f"gatekeeper: {said}", file=sys.stderr, flush=True)
        found[path] = spec._replace(share=tuple(name for name in spec.share if name not in others))
    return found


def place_here(request: RunRequest, commit: str, branches: Mapping[str, str]) -> RunRequest:
    """`request`, taking place in the working tree, of which somebody has seen that it holds just that commit."""
    return request._replace(placement=Placement(request.root, request.root, judged_only, branches, commit))


def bound_here(plan: Plan, request: RunRequest) -> Bound:
    """The plan as it would be here; only its paths are asked for, and no path needs to know a port."""
    ports = {name: "0" for name, _ in plan.ports}
    overrides = dict(request.overrides)
    now = SystemClock().now()
    return bind_plan(
        plan, root=request.root, environ=os.environ, overrides=overrides, ports=ports, run="placing", now=now
    )


def judged_only(plan: Plan) -> Plan:
    """`plan` without what changes the tree for good: the worktree goes, and its commit is what is asked about."""
    repos = tuple(repo._replace(settle=(), commit="", push="") for repo in plan.repos)
    return plan._replace(repos=repos, until_green=plan.until_green._replace(fixer=None))
