"""Owns getting out of the surroundings that git gives its hooks, so that what runs below finds its own repositories."""

from __future__ import annotations

import os

from gatekeeper.model.record import NamedTuple

_OF_THE_MACHINE = (
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_KEY_",
    "GIT_CONFIG_VALUE_",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
)
"""What a person or a machine's set-up tells git, and no hook is given by it."""


class Given(NamedTuple):
    """What git gave its hook: PATH as it was, and the index that a commit is made of (empty: the usual one)."""

    path: str | None
    index_file: str


def leave_git() -> Given:
    """Take git's own variables out of the environment, and its helpers' folder from the beginning of PATH."""
    given = Given(os.environ.get("PATH"), os.environ.get("GIT_INDEX_FILE", ""))
    helpers = os.environ.get("GIT_EXEC_PATH", "")
    for name in [name for name in os.environ if name.startswith("GIT_") and not name.startswith(_OF_THE_MACHINE)]:
        del os.environ[name]
    folders = (given.path or "").split(os.pathsep)
    while helpers and folders and folders[0] == helpers:
        del folders[0]
    if given.path is not None:
        os.environ["PATH"] = os.pathsep.join(folders)
    return given
