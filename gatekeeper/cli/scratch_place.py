"""Owns the scratch worktrees of a cycle: one for each git repository that its root or a repo of it lies in.

Every path of the cycle that lies in one of these repositories stands for the same path in its worktree.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.carrying import apply_patch, carry, take_back
from gatekeeper.adapters.repos.commits import CannotRead
from gatekeeper.adapters.repos.scratch import Scratch
from gatekeeper.cli.opening import Bound
from gatekeeper.cli.tops import tops_of
from gatekeeper.model.errors import EnvironmentFault
from gatekeeper.model.plan import Plan
from gatekeeper.policy.binding import UnboundReference, fill


class ScratchPlace:
    """The worktrees, by the tops of the repositories that they are of. Whoever opened them takes them away."""

    def __init__(self, bound: Bound, root: str, scratches: Mapping[str, Scratch]) -> None:
        self._bound = bound
        self._root = os.path.realpath(root)
        self._scratches = scratches

    @property
    def root(self) -> str:
        """What stands for the project root; that itself where it is in no git repository."""
        return self.of(self._root) or self._root

    def of(self, path: str) -> str | None:
        """The path that stands for `path`, an absolute one; None where it is in none of the repositories."""
        real = os.path.realpath(path)
        # The innermost: a repository may lie in another.
        inside = [top for top in self._scratches if _is_in(real, top)]
        if not inside:
            return None
        top = max(inside, key=len)
        return os.path.normpath(os.path.join(self._scratches[top].top, os.path.relpath(real, top)))

    def holds(self, path: str) -> bool:
        """Whether `path` lies in one of the worktrees."""
        return any(_is_in(os.path.realpath(path), scratch.top) for scratch in self._scratches.values())

    def restore(self) -> None:
        """Make every worktree hold what its working tree holds now. Raises `EnvironmentFault`."""
        for top, scratch in self._scratches.items():
            take_back(scratch.top, scratch.commit)
            carry(top, scratch.top, self._bound.leave_out)

    def bring(self, top: str, bounds: Bounds) -> None:
        """Make the worktree of one repository, as it was checked out, hold what the working tree does, too.

        Raises `EnvironmentFault`.
        """
        carry(top, self._scratches[top].top, self._bound.leave_out, bounds)

    def change(self, folder: str, patch: str) -> None:
        """Apply a patch to the worktrees. Raises `EnvironmentFault` where it does not apply.

        The paths in it begin at `folder`, or at a repo of the cycle, or at the top of a git repository: the first of
        these where it applies.
        """
        repos = (self.of(repo.path) for repo in self._bound.repos)
        why = ""
        for place in dict.fromkeys((folder, *(repo for repo in repos if repo is not None))):
            inside = [scratch.top for scratch in self._scratches.values() if _is_in(place, scratch.top)]
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
        return plan._replace(repos=repos, vars=tuple((name, self.variable(raw)) for name, raw in plan.vars))

    def variable(self, raw: str) -> str:
        """The value `raw` of a variable, or what stands for it where that is such a path."""
        try:
            value = fill(raw, self._bound.context)
        except UnboundReference:
            return raw
        moved = self.of(value) if os.path.isabs(value) else None
        return raw if moved is None else _literal(moved)

    def original(self, text: str) -> str:
        """`text` with the worktrees' own paths as those that they stand for."""
        for top, scratch in self._scratches.items():
            text = text.replace(scratch.top, top)
        return text


def open_place(bound: Bound, root: str, into: str, closing: ExitStack) -> ScratchPlace:
    """Check out the commits that are HEAD now; `closing` takes the worktrees away.

    Raises `EnvironmentFault` where nothing of the cycle is in a git repository, or one has no commit.
    """
    scratches = {}
    for top in tops_of(bound, root):
        scratch = Scratch(top, "HEAD", into)
        closing.callback(scratch.close)
        try:
            scratch.open()
        except CannotRead as fault:
            raise EnvironmentFault(f"no scratch worktree of {top}: {fault}") from None
        scratches[top] = scratch
    if not scratches:
        raise EnvironmentFault(f"{root} is in no git repository: a step is proven in a scratch worktree of one")
    return ScratchPlace(bound, root, scratches)


def _is_in(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder}/")


def _literal(path: str) -> str:
    return path.replace("${", "$${")
