"""Owns what is told of a run that judged one commit in a scratch worktree: which, and what its gone paths were."""

from __future__ import annotations

import posixpath

from gatekeeper.model.events import RunStarted

SHOWN = 12
"""So many characters of a commit are told."""


def judged_commit(started: RunStarted) -> str:
    """``commit 1f9c7df5a3b2 in a scratch worktree``, or nothing of a run in the working tree."""
    return f"commit {started.at[:SHOWN]} in a scratch worktree" if started.at else ""


def path_now(started: RunStarted, path: str) -> str:
    """`path`, or what is left of it where it lay in the worktree, which is gone: relative to the project's root."""
    inside = started.at and started.root and (path == started.root or path.startswith(f"{started.root}/"))
    return posixpath.relpath(path, started.root) if inside else path
