"""Owns where the locks of a run lie. Takes none, and asks no git: it is on the way to the first step.

The project root has `.gatekeeper/locks/run.lock`. Every folder that is a git working tree, or lies in one, also has
a lock in its git directory, one for each such folder: two projects that share a backend cannot run on it at once,
while two projects in one repository can. What is neither has no lock of its own.
"""

import os

from gatekeeper.model.record import NamedTuple

PROJECT_LOCK = os.path.join(".gatekeeper", "locks", "run.lock")
"""Where the project root's own lock lies."""


class LockPlace(NamedTuple):
    """A lock file, the folder that it stands for, and whether a run may do without it where it cannot be written."""

    file: str
    folder: str
    needed: bool = True


def lock_places(paths: tuple[str, ...]) -> tuple[LockPlace, ...]:
    """The locks for `paths` (the project root first, then the repos), in the order in which they are taken.

    The order is the same for everybody, so that of two runs that want the same locks one gets them all.
    """
    root = os.path.realpath(paths[0])
    places = {os.path.join(root, PROJECT_LOCK): root}
    needed = set(places)
    for path in paths:
        folder = os.path.realpath(path)
        file = _in_git(folder)
        if file is not None:
            places.setdefault(file, folder)
            # Inside the project the root's own lock does what is needed most.
            if os.path.commonpath((root, folder)) != root:
                needed.add(file)
    return tuple(LockPlace(file, folder, file in needed) for file, folder in sorted(places.items()))


def _in_git(folder: str) -> str | None:
    top = folder
    while (git := _git_directory(os.path.join(top, ".git"))) is None:
        if top == os.path.dirname(top):
            return None
        top = os.path.dirname(top)
    inside = os.path.relpath(folder, top)
    # Not called *.lock: people and scripts remove those from git directories when git complains.
    return os.path.join(git, "gatekeeper-run" if inside == "." else f"gatekeeper-run-{_as_name(inside)}")


def _git_directory(path: str) -> str | None:
    if os.path.isfile(os.path.join(path, "HEAD")):
        return os.path.realpath(path)
    try:
        with open(path, "rb") as link:
            text = link.read(4096)
    except OSError:
        return None
    # A linked worktree or a submodule: a file that names the directory.
    if not text.startswith(b"gitdir: "):
        return None
    target = os.path.join(os.path.dirname(path), os.fsdecode(text[8:].rstrip(b"\r\n")))
    return os.path.realpath(target) if os.path.isdir(target) else None


def _as_name(inside: str) -> str:
    name = inside.replace("%", "%25").replace("/", "%2F")
    if len(os.fsencode(name)) > 200:
        import hashlib

        name = hashlib.sha256(os.fsencode(inside)).hexdigest()
    return name
