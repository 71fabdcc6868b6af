"""Owns finding the top of the git repository that a folder lies in, by looking for its ``.git``. Asks no git."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.cli.opening import Bound


def tops_of(bound: Bound, root: str) -> tuple[str, ...]:
    """The tops of the git repositories that the root and the repos of a cycle lie in."""
    folders = (os.path.realpath(root), *(os.path.realpath(repo.path) for repo in bound.repos))
    return tuple(top for top in dict.fromkeys(map(top_of, folders)) if top is not None)


def top_of(folder: str) -> str | None:
    """The top of the git repository that `folder`, a real path, lies in."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        if folder == os.path.dirname(folder):
            return None
        folder = os.path.dirname(folder)
    return folder
