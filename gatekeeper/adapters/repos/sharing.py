"""Owns lending a scratch worktree the folders of dependencies that git ignores, and telling which it has not.

A lent folder is a folder of its own, with a link in it to each thing in the real one: git takes a single link for a new
file where the ignore rule ends in a slash. A link that leads back into the repo (a workspace's own packages) leads to
the same place of the worktree. Of the real folder nothing is written by us.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from fnmatch import fnmatchcase

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime
from gatekeeper.adapters.repos.git import ask

_WITHIN_S = 60.0
_PYTHON = ("requirements*.txt", "poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock")
_LOCKS = {
    "node_modules": (
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "bun.lockb",
    ),
    ".venv": _PYTHON,
    "venv": _PYTHON,
    "vendor": ("composer.lock", "Gemfile.lock", "go.sum", "Cargo.lock"),
}
"""What says what is installed into a folder, by its name. A folder of another name is lent as it is."""
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


def unlike(repo: str, into: str, names: Iterable[str]) -> dict[str, str]:
    """Those of the folders `names` that were installed for something else, with the lock file that says so.

    A folder belongs to the lock files beside it and above it, up to the repo; one that is not the same in the
    worktree's folder `into` asks for other things there than were installed here.
    """
    found = {}
    for name in names:
        locks = _LOCKS.get(os.path.basename(os.path.normpath(name)), ())
        places = _upward(os.path.dirname(os.path.normpath(name)))
        different = (
            os.path.normpath(os.path.join(place, lock))
            for place in places
            for lock in _matching(locks, os.path.join(repo, place), os.path.join(into, place))
        )
        odd = next((lock for lock in different if _content(repo, lock) != _content(into, lock)), None)
        if odd is not None:
            found[name] = odd
    return found


def _upward(folder: str) -> Iterable[str]:
    while folder:
        yield folder
        folder = os.path.dirname(folder)
    yield "."


def _matching(patterns: Iterable[str], *folders: str) -> list[str]:
    names: set[str] = set()
    for folder in folders:
        with suppress(OSError):
            names.update(os.listdir(folder))
    return sorted(name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns))


def _content(folder: str, name: str) -> bytes | None:
    try:
        descriptor = os.open(os.path.join(folder, name), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            return file.read()
    except OSError:
        return None
