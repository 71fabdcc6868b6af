"""Owns the scratch worktrees of a cycle: one for each git repository that its root or a repo of it lies in.

Every path of the cycle that lies in one of these repositories stands for the same path in its worktree.
"""

from __future__ import annotations

import os
from contextlib import ExitStack

from gatekeeper.adapters.repos.at_ref import CannotRead
from gatekeeper.adapters.repos.carrying import apply_patch, carry, take_back
from gatekeeper.adapters.repos.scratch import Scratch
from gatekeeper.cli.opening import Bound
from gatekeeper.model.errors import EnvironmentFault
from gatekeeper.model.plan import Plan
from gatekeeper.policy.binding import UnboundReference, fill


class ScratchPlace:
    """The worktrees, from when they are made until `closing` takes them away."""

    def __init__(self, bound: Bound, root: str, into: str, closing: ExitStack) -> None:
        """Raises `EnvironmentFault` where a repo of the cycle is in no git repository, or has no commit."""
        self._bound = bound
        self._root = os.path.realpath(root)
        self._scratches: list[tuple[str, Scratch]] = []
        folders = (self._root, *(os.path.realpath(repo.path) for repo in bound.repos))
        for top in dict.fromkeys(map(_top_of, folders)):
            if top is None:
                continue
            scratch = Scratch(top, "HEAD", into)
            closing.callback(scratch.close)
            try:
                scratch.open()
            except CannotRead as fault:
                raise EnvironmentFault(f"no scratch worktree of {top}: {fault}") from None
            self._scratches.append((top, scratch))
        if not self._scratches:
            raise EnvironmentFault(f"{root} is in no git repository: a step is proven in a scratch worktree of one")

    @property
    def root(self) -> str:
        """What stands for the project root; that itself where it is in no git repository."""
        return self.of(self._root) or self._root

    def of(self, path: str) -> str | None:
        """The path that stands for `path`, an absolute one; None where it is in none of the repositories."""
        real = os.path.realpath(path)
        # The innermost: a repository may lie in another.
        inside = [(top, scratch) for top, scratch in self._scratches if _is_in(real, top)]
        if not inside:
            return None
        top, scratch = max(inside, key=lambda each: len(each[0]))
        return os.path.normpath(os.path.join(scratch.top, os.path.relpath(real, top)))

    def holds(self, path: str) -> bool:
        """Whether `path` lies in one of the worktrees."""
        return any(_is_in(os.path.realpath(path), scratch.top) for _, scratch in self._scratches)

    def restore(self) -> None:
        """Make every worktree hold what its working tree holds now. Raises `EnvironmentFault`."""
        for top, scratch in self._scratches:
            take_back(scratch.top, scratch.commit)
            carry(top, scratch.top, self._bound.leave_out)

    def change(self, folder: str, patch: str) -> None:
        """Apply a patch to the worktrees. Raises `EnvironmentFault` where it does not apply.

        The paths in it begin at `folder`, or at a repo of the cycle, or at the top of a git repository: the first of
        these where it applies.
        """
        repos = (self.of(repo.path) for repo in self._bound.repos)
        why = ""
        for place in dict.fromkeys((folder, *(repo for repo in repos if repo is not None))):
            inside = [scratch.top for _, scratch in self._scratches if _is_in(place, scratch.top)]
            if inside:
                problem = apply_patch(max(inside, key=len), place, patch)
                if not problem:
                    return
                why = why or problem
        raise EnvironmentFault(f"the patch {patch} does not apply to the tree as it is: {why}")

    def placed(self, plan: Plan) -> Plan:
        """`plan` with every repo, and every variable that is such a path, standing for its place in the worktrees."""
        context = self._bound.context
        repos = tuple(
            repo._replace(path=_literal(self.of(context.repos[repo.name]) or context.repos[repo.name]))
            for repo in plan.repos
        )
        return plan._replace(repos=repos, vars=tuple((name, self._variable(raw)) for name, raw in plan.vars))

    def _variable(self, raw: str) -> str:
        try:
            value = fill(raw, self._bound.context)
        except UnboundReference:
            return raw
        moved = self.of(value) if os.path.isabs(value) else None
        return raw if moved is None else _literal(moved)


def _top_of(folder: str) -> str | None:
    while not os.path.lexists(os.path.join(folder, ".git")):
        if folder == os.path.dirname(folder):
            return None
        folder = os.path.dirname(folder)
    return folder


def _is_in(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder}/")


def _literal(path: str) -> str:
    return path.replace("${", "$${")
