"""Owns putting a run into scratch worktrees of the tree as it is, so that others can go on beside it. Runs nothing.

What nobody committed yet is there too. All of the cycle has to be in git: what is not would be shared by all who run.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.commits import CannotRead, branch_of
from gatekeeper.adapters.repos.reading import BoundRepo
from gatekeeper.adapters.repos.scratch import Scratch
from gatekeeper.adapters.repos.snapshot import WITHIN_S, keep
from gatekeeper.cli.at_commit import bound_here, judged_only
from gatekeeper.cli.leftovers import WORKTREES
from gatekeeper.cli.lending import lend_all, repos_by_path, sources_in
from gatekeeper.cli.opening import Bound
from gatekeeper.cli.own_imports import PYTHONPATH, importing
from gatekeeper.cli.project import state_folder
from gatekeeper.cli.run_request import Placement, RunRequest
from gatekeeper.cli.scratch_place import ScratchPlace
from gatekeeper.cli.tops import top_of
from gatekeeper.model.errors import EnvironmentFault, UsageError
from gatekeeper.model.plan import Pairs, Plan


def place_isolated(request: RunRequest, plan: Plan, closing: ExitStack) -> RunRequest:
    """`request`, taking place in worktrees of what its repos hold; `closing` takes them away.

    Raises:
        EnvironmentFault: something of the cycle is not in git, or cannot be held as it is.
        UsageError: the run is to wait for changes, which nobody makes in a worktree.
    """
    if request.watch:
        raise UsageError("--watch waits for a change of the working tree, and an isolated run is in one of its own")
    root = os.path.realpath(request.root)
    bound = bound_here(plan, request)
    tops = tops_in_git(bound, root)
    commits = dict(request.snapshots or snapshots_of(tops, bound.leave_out))
    scratches: dict[str, Scratch] = {}
    for top in tops:
        if top not in commits:
            raise EnvironmentFault(f"the definition came to name {top} since this run was asked for; run it again")
        scratches[top] = _opened(top, commits[top], request, closing)
    place = ScratchPlace(bound, root, scratches)
    branches = {repo.name: branch_of(repo.path, "HEAD") for repo in bound.repos}

    def placed(plan: Plan) -> Plan:
        moved = judged_only(place.placed(plan))._replace(source=place.of(request.path) or request.path)
        sources = sources_in(place, lend_all(place, repos_by_path(plan, bound)))
        return importing(moved, sources, os.environ.get(PYTHONPATH, ""))

    _tell(plan, scratches, kept=request.keep_worktrees)
    return request._replace(placement=Placement(place.root, request.root, placed, branches))


def tops_in_git(bound: Bound, root: str) -> tuple[str, ...]:
    """The tops of the git repositories that hold the cycle. Raises `EnvironmentFault` naming what is in none."""
    folders = {"the project": root, **{f"the repo {repo.name}": os.path.realpath(repo.path) for repo in bound.repos}}
    tops = {name: top_of(folder) for name, folder in folders.items()}
    if outside := [f"\n  {name}: {folders[name]}" for name, top in tops.items() if top is None]:
        raise EnvironmentFault(
            "an isolated run takes place in git worktrees, and not all of this cycle is in git:"
            + "".join(outside)
            + "\n  put it into a repository (git init, git add, git commit), or run without --isolate"
        )
    return tuple(dict.fromkeys(top for top in tops.values() if top is not None))


def snapshots_of(tops: Iterable[str], leave_out: tuple[str, ...]) -> Pairs:
    """For each of the repositories a commit on no branch that has all its files as they are now.

    Raises `EnvironmentFault` where one cannot be held whole: the run would judge something else.
    """
    kept = keep(tuple(BoundRepo(top, top) for top in tops), leave_out, Bounds(WITHIN_S))
    if kept.problem:
        raise EnvironmentFault(
            f"an isolated run would not have the tree as it is: {kept.problem}\n"
            "  commit that, let git ignore it, or run without --isolate"
        )
    return kept.commits


def _opened(top: str, commit: str, request: RunRequest, closing: ExitStack) -> Scratch:
    into = os.path.join(state_folder(request.root), WORKTREES)
    scratch = Scratch(top, commit, into, uncommitted=True, kept=request.keep_worktrees)
    closing.callback(scratch.close)
    try:
        scratch.open()
    except CannotRead as fault:
        raise EnvironmentFault(f"no worktree of {top}: {fault}; has it a commit yet?") from None
    return scratch


def _tell(plan: Plan, scratches: Mapping[str, Scratch], *, kept: bool) -> None:
    left_out = ["the fixer is not called"] if plan.until_green.fixer else []
    if any(repo.settle or repo.commit or repo.push for repo in plan.repos):
        left_out.append("nothing is settled, committed or pushed")
    if left_out:
        print(f"gatekeeper: isolated, so {' and '.join(left_out)}: the worktree goes", file=sys.stderr)
    for top, scratch in scratches.items() if kept else ():
        print(f"gatekeeper: the worktree of {top} is kept: {scratch.top}", file=sys.stderr)
        remove = shlex.join(("git", "-C", top, "worktree", "remove", "--force", scratch.top))
        print(f"  remove it with: {remove}", file=sys.stderr)
        print("  or all that were kept with: gatekeeper reap --worktrees", file=sys.stderr)
