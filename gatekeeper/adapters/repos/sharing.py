"""Owns lending a scratch worktree the folders of dependencies that git ignores, and telling which it has not.

A lent folder is a folder of its own, with a link in it to each thing in the real one: git takes a single link for a new
file where the ignore rule ends in a slash. A link that leads back into the repo (a workspace's own packages) leads to
the same place of the worktree. Of the real folder nothing is written by us.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime
from gatekeeper.adapters.repos.git import ask

_WITHIN_S = 60.0
_MADE = frozenset({".gatekeeper", "__pycache__"})


def lend(repo: str, into: str, names: Iterable[str]) -> tuple[str, ...]:
    """Give the worktree's folder `into`, which stands for `repo`, its folders `names`; those that it was given.

    Only what is there, is ignored by git and lies in the repo, also where its name says otherwise. Raises `OSError`.
    """
    real = os.path.realpath(repo)
    lent = []
    for name in names:
        source, target = os.path.join(real, name), os.path.normpath(os.path.join(into, name))
        if not _is_own_folder(source, real) or os.path.lexists(target) or not _is_ignored(real, name):
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        _link_all(source, target, real, into)
        lent.append(name)
    return tuple(lent)


def missing(repo: str, lent: Iterable[str]) -> tuple[str, ...]:
    """What git ignores in `repo`, as git names it, without what was lent and what is made when it is not there."""
    have = {os.path.normpath(name) for name in lent}
    question = ("ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z")
    try:
        (answer,) = ask(os.fsencode(repo), question, bounds=Bounds(_WITHIN_S))
    except (OutOfTime, OSError):
        return ()
    names = (os.fsdecode(name) for name in answer.out.split(b"\0") if name)
    return tuple(name for name in names if os.path.normpath(name) not in have and not _MADE & set(name.split("/")))


def _is_own_folder(source: str, real: str) -> bool:
    inside = os.path.normpath(source).startswith(f"{real}/")
    return inside and os.path.isdir(source) and os.path.realpath(source) == os.path.normpath(source)


def _is_ignored(repo: str, name: str) -> bool:
    try:
        (answer,) = ask(os.fsencode(repo), ("check-ignore", "--quiet", "--", name), bounds=Bounds(_WITHIN_S))
    except OutOfTime:
        return False
    return answer.code == 0


def _link_all(source: str, target: str, real: str, into: str) -> None:
    os.mkdir(target)
    for entry in os.scandir(source):
        place = os.path.join(target, entry.name)
        if entry.is_symlink():
            leads = os.readlink(entry.path)
            inside = os.path.isabs(leads) and f"{leads}/".startswith(f"{real}/")
            os.symlink(os.path.join(into, os.path.relpath(leads, real)) if inside else leads, place)
        elif entry.name.startswith("@") and entry.is_dir():
            _link_all(entry.path, place, real, into)
        else:
            os.symlink(entry.path, place)
