"""Owns writing down what is pushed, in one place for all working trees of a repository. Judges nothing."""

from __future__ import annotations

import os

from gatekeeper.adapters.hooks.pushes import NAME, append
from gatekeeper.adapters.journal.runs import make_state_folder
from gatekeeper.adapters.repos.pushed import beyond, main_tree
from gatekeeper.cli.hooks.desk import say
from gatekeeper.cli.project import state_folder
from gatekeeper.cli.tops import top_of
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.errors import EnvironmentFault
from gatekeeper.model.push import Push
from gatekeeper.policy.pushes import RefUpdate, without_password


class Book:
    """What one push to `remote` adds to what is written down. Asking git where may raise `CannotRead`."""

    def __init__(self, root: str, remote: str) -> None:
        self._root = root
        self._named = remote
        self._remote = without_password(remote)
        self._now = SystemClock().now()
        self.state = common_state(root)
        self.path = os.path.join(self.state, NAME)

    def push(
        self,
        update: RefUpdate,
        commit: str,
        verdict: str,
        cycle: str = "",
        run: str = "",
        *,
        reused: bool = False,
        reason: str = "",
    ) -> Push:
        """What is to be written down of one ref."""
        known = beyond(self._root, commit, self._named) if update.creates and commit else ()
        return Push(
            time=self._now,
            remote=self._remote,
            ref=update.ref,
            old=update.old,
            new=update.new,
            commit=commit,
            cycle=cycle,
            verdict=verdict,
            run=run,
            reused=reused,
            reason=reason,
            beyond=known,
        )

    def write(self, pushes: list[Push]) -> None:
        """Write them down; where that cannot be, it is told, and an audit will show what is missing."""
        try:
            self._append(pushes)
        except OSError as fault:
            say(f"this push is not written down in {self.path}: {fault.strerror}")

    def must_write(self, pushes: list[Push]) -> None:
        """As `write`, for what goes through only because it is written down. Raises `EnvironmentFault`."""
        try:
            self._append(pushes)
        except OSError as fault:
            raise EnvironmentFault(
                f"GATEKEEPER_SKIP is written down, and {self.path} cannot be written: {fault.strerror}"
            ) from None

    def _append(self, pushes: list[Push]) -> None:
        make_state_folder(self.state)
        append(self.state, tuple(pushes))


def common_state(root: str) -> str:
    """The state folder in the main working tree, where that has the project too; else the project's own."""
    top = top_of(root) or root
    main = os.path.normpath(os.path.join(main_tree(root), os.path.relpath(root, top)))
    return state_folder(main if os.path.isdir(main) else root)
