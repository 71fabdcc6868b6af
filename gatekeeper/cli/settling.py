"""Owns settling the repos of a run at its end (port `Settler`): what became of their drift, and committing and pushing.

Nothing is committed or pushed but where the cycle says so, of a green run of the whole cycle.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import anyio
from anyio import to_thread

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.committing import CannotCommit, Committer, Judged
from gatekeeper.adapters.repos.pushing import Remote
from gatekeeper.adapters.repos.questions import CannotKeep
from gatekeeper.adapters.repos.since import commits_since
from gatekeeper.cli.tops import top_of
from gatekeeper.cli.wiring import OpenedRun
from gatekeeper.engine.stop import Stop
from gatekeeper.model.cycle_parts import RepoSpec
from gatekeeper.model.help_events import RepoSettled
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree import RepoState, Tree
from gatekeeper.policy.binding import UnboundReference, fill
from gatekeeper.policy.few import few
from gatekeeper.policy.settling import how_settled

WITHIN_S = 120.0
"""How long committing one repo may take, and pushing it."""

_NAMED = 3
_Found = TypeVar("_Found")


class _Repo(NamedTuple):
    """A repo that is to be settled: what the cycle says of it, where it lies, and how it stood at the start and stands.

    `top` is that of its git repository; `before` and `after` are what differed, and differs, from its commit.
    """

    spec: RepoSpec
    path: str
    top: str
    first: RepoState
    last: RepoState
    before: tuple[str, ...]
    after: dict[str, str]


class Settling:
    """Settles the repos of one run. `stop` is what asks that run to end."""

    def __init__(self, opened: OpenedRun, stop: Stop) -> None:
        self._opened = opened
        self._stop = stop
        self._made: dict[str, str] = {}
        self._problems: dict[str, str] = {}
        # Two repos of the cycle may lie in one git repository, and one in the other.
        self._heads: dict[str, str] = {}
        self._committed: set[str] = set()

    async def settle(self, first: Tree, last: Tree, *, green: bool) -> tuple[RepoSettled, ...]:
        """What became of every repo that is to be settled, in the order of the cycle."""
        specs = [spec for spec in self._opened.plan.repos if spec.settle or spec.commit or spec.push]
        repos = [self._repo(spec, first, last) for spec in specs]
        whole = green and not self._opened.request.selection
        for repo in repos:
            if whole and repo.spec.commit:
                await self._commit(repo)
        settled = []
        for repo in repos:
            told = await self._told(repo)
            if whole and repo.spec.push:
                told = await self._push(repo, told)
            elif green and not whole and (repo.spec.commit or repo.spec.push):
                told = _beside(told, "nothing is committed or pushed of a run of a part of the cycle")
            settled.append(told)
        return tuple(settled)

    def _repo(self, spec: RepoSpec, first: Tree, last: Tree) -> _Repo:
        then, now = ({repo.name: repo for repo in tree.repos}[spec.name] for tree in (first, last))
        path = os.path.realpath(self._opened.bound.context.repos[spec.name])
        before = tuple(file for repo, file, _ in first.files if repo == spec.name)
        after = {file: line for repo, file, line in last.files if repo == spec.name}
        return _Repo(spec, path, top_of(path) or path, then, now, before, after)

    def _head(self, repo: _Repo) -> str:
        return self._heads.get(repo.top, repo.last.commit)

    def _left(self, repo: _Repo) -> dict[str, str]:
        """What of the repo is in no commit."""
        return {file: line for file, line in repo.after.items() if f"{repo.path}/{file}" not in self._committed}

    async def _commit(self, repo: _Repo) -> None:
        judged = Judged(self._head(repo), self._left(repo))
        leave_out = self._opened.bound.leave_out
        try:
            message = self._opened.masker.mask(fill(repo.spec.commit, self._opened.bound.context))
            made = await self._aside(
                lambda bounds: Committer(leave_out, os.environ, bounds).commit(repo.path, judged, message)
            )
        except (CannotCommit, UnboundReference) as fault:
            self._problems[repo.spec.name] = f"not committed: {fault}"
            return
        if made is not None:
            self._made[repo.spec.name] = self._heads[repo.top] = made.commit
            self._problems[repo.spec.name] = made.problem
            self._committed |= {f"{repo.path}/{file}" for file in made.files}

    async def _told(self, repo: _Repo) -> RepoSettled:
        name, left = repo.spec.name, self._left(repo)
        if not repo.last.commit or repo.last.problem:
            return RepoSettled(name, "unsettled", files=tuple(left), problem=repo.last.problem or "it has no commit")
        since, head = repo.first.commit, self._head(repo)
        try:
            new = await self._aside(lambda bounds: commits_since(repo.path, since, head, bounds))
        except CannotKeep as fault:
            return RepoSettled(name, "unsettled", files=tuple(left), problem=str(fault))
        found = how_settled(repo.before, left, new, repo.spec.settle)
        made, problem = self._made.get(name, ""), self._problems.get(name, "")
        return RepoSettled(name, found.how, found.commits, found.files, made, problem=problem)

    async def _push(self, repo: _Repo, told: RepoSettled) -> RepoSettled:
        name, branch, left = repo.spec.push, repo.last.branch, tuple(self._left(repo))
        if not branch:
            return _beside(told, f"not pushed to {name}: its head is detached, so there is no branch to push")
        if left:
            return _beside(told, f"not pushed to {name}: what was judged is in no commit: {few(left, _NAMED)}")
        head = self._head(repo)
        pushed = await self._aside(lambda bounds: Remote(repo.path, name, os.environ, bounds).push(branch, head))
        told = _beside(told, self._opened.masker.mask(pushed.problem))
        return told._replace(pushed=pushed.held, remote=f"{name}/{branch}")

    async def _aside(self, work: Callable[[Bounds], _Found]) -> _Found:
        """What `work` comes to in a thread, which ends early when the run is told to stop."""
        bounds = Bounds(WITHIN_S)
        fault: CannotCommit | CannotKeep | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._halt_when_stopped, bounds)
            try:
                found = await to_thread.run_sync(work, bounds, abandon_on_cancel=True)
            except (CannotCommit, CannotKeep) as refused:
                fault = refused
            finally:
                bounds.halt()
                tasks.cancel_scope.cancel()
        if fault is not None:
            raise fault
        return found

    async def _halt_when_stopped(self, bounds: Bounds) -> None:
        known = self._stop.reason
        while self._stop.reason is known:
            await self._stop.changed()
        bounds.halt()


def _beside(told: RepoSettled, problem: str) -> RepoSettled:
    return told._replace(problem="; ".join(filter(None, (told.problem, problem))))
