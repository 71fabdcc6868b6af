"""Owns where GitHub finds the file of a finding: below its workspace, whatever folder a step ran in. Reads no file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from gatekeeper.model.record import NamedTuple

_SCRATCH = re.compile(r"\A.*/\.gatekeeper/worktrees/[^/]+/", re.DOTALL)


class Place(NamedTuple):
    """A line of a file of the workspace; `file` is relative to it, `column` empty where it is not known."""

    file: str
    line: str
    column: str = ""


def place_of(place: str, *, workspace: str, folders: tuple[str, ...]) -> Place | None:
    """Where ``file:line`` or ``file:line:column`` lies in `workspace`; None where it lies nowhere in it.

    What is relative may be meant from any of `folders` (absolute, the likeliest first): the first where there is such a
    file is taken. Where there is none, or no `workspace`, it is taken as it is. What lies in a scratch worktree means
    the same file of the workspace.
    """
    rest, numbers = place, list[str]()
    while len(numbers) < 2 and (found := rest.rpartition(":"))[1] and found[2].isdecimal() and found[0]:
        rest, numbers = found[0], [found[2], *numbers]
    if not numbers:
        return None
    if not workspace:
        return None if os.path.isabs(rest) else Place(rest, *numbers)
    for candidate in _candidates(rest, folders):
        path = _SCRATCH.sub(lambda _: f"{workspace}/", candidate)
        if os.path.isfile(path):
            inside = os.path.relpath(os.path.realpath(path), os.path.realpath(workspace))
            return None if inside.startswith("..") else Place(inside, *numbers)
    within = not os.path.isabs(rest) and not os.path.normpath(rest).startswith("..")
    return Place(os.path.normpath(rest), *numbers) if within else None


def _candidates(path: str, folders: tuple[str, ...]) -> Iterator[str]:
    if os.path.isabs(path):
        yield path
    else:
        yield from (os.path.join(folder, path) for folder in folders)
