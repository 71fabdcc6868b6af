"""Owns the cycle's working trees as the engine reads them (port `Trees`). Knows nothing of how one is read.

Nothing is imported at the top that the start of a run does not need anyway, because `prefetch` is called first.
"""

from __future__ import annotations

import threading

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.reading import READ_WITHIN_S, BoundRepo, read_tree
from gatekeeper.model.tree import Tree


class GitTrees:
    """Reads `repos`. `leave_out` are absolute paths or globs of what the cycle itself writes."""

    def __init__(self, repos: tuple[BoundRepo, ...], *, leave_out: tuple[str, ...]) -> None:
        self._repos = repos
        self._leave_out = leave_out
        self._ahead: _Background | None = None

    def prefetch(self) -> None:
        """Start reading now, in the background; the first `read` takes what this finds."""
        if self._ahead is None:
            self._ahead = self._start()

    async def read(self) -> Tree:
        """The exact content of all repos. Never raises for what a repo looks like, and takes a minute at most."""
        reading, self._ahead = self._ahead or self._start(), None
        if reading.done:
            return reading.result()
        from anyio import to_thread

        try:
            return await to_thread.run_sync(reading.result, abandon_on_cancel=True)
        finally:
            # Harmless after the end; when cancelled, nothing of git is left.
            reading.halt()

    def close(self) -> None:
        """Stop what `prefetch` began and nobody waits for."""
        if self._ahead is not None:
            self._ahead.halt()
            self._ahead = None

    def _start(self) -> _Background:
        return _Background(self._repos, self._leave_out)


class _Background:
    """One reading in a plain thread, which never keeps the interpreter from leaving."""

    def __init__(self, repos: tuple[BoundRepo, ...], leave_out: tuple[str, ...]) -> None:
        self._bounds = Bounds(READ_WITHIN_S)
        self._tree: Tree | None = None
        self._fault: BaseException | None = None
        self._thread = threading.Thread(
            target=self._work, args=(repos, leave_out), name="gatekeeper-trees", daemon=True
        )
        self._thread.start()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def result(self) -> Tree:
        self._thread.join()
        if self._fault is not None:
            raise self._fault
        assert self._tree is not None
        return self._tree

    def halt(self) -> None:
        self._bounds.halt()

    def _work(self, repos: tuple[BoundRepo, ...], leave_out: tuple[str, ...]) -> None:
        try:
            self._tree = read_tree(repos, leave_out, self._bounds)
        except BaseException as fault:  # noqa: BLE001 - a bug of ours, raised again where the result is asked for
            self._fault = fault
