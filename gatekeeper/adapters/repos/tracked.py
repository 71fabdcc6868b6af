"""Owns telling which files are under version control. Knows not what anybody wants with them."""

from __future__ import annotations

import os
from collections.abc import Sequence

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime
from gatekeeper.adapters.repos.git import Answer, ask

WITHIN_S = 5.0
"""How long git may take to tell."""

_AT_ONCE = 500


def tracked(folder: str, names: Sequence[str]) -> frozenset[str]:
    """Those of `names`, relative to `folder`, that git knows: all of them where it cannot be asked in time.

    Without a repository, and without git, nothing is under version control.
    """
    inside = [name for name in names if not name.startswith(("/", "../"))]
    # A name outside of the repository is an error for all that are asked about with it.
    groups = [[name] for name in names if name.startswith(("/", "../"))]
    groups += [inside[start : start + _AT_ONCE] for start in range(0, len(inside), _AT_ONCE)]
    bounds = Bounds(WITHIN_S)
    found: set[str] = set()
    for group in groups:
        try:
            [answer] = ask(os.fsencode(folder), _question(group), bounds=bounds)
        except OutOfTime:
            found.update(group)
        except OSError:
            continue
        else:
            found |= _known(answer, group)
    return frozenset(found)


def visible(folder: str) -> tuple[str, ...] | None:
    """The files in `folder` that git keeps, or would; None where it can't be asked in time, or keeps nothing here."""
    question = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    try:
        [answer] = ask(os.fsencode(folder), question, bounds=Bounds(WITHIN_S))
    except (OutOfTime, OSError):
        return None
    if answer.code:
        return None
    return tuple(os.fsdecode(name) for name in dict.fromkeys(answer.out.split(b"\0")) if name)


def _question(names: list[str]) -> tuple[str, ...]:
    return ("--literal-pathspecs", "ls-files", "-z", "--", *names)


def _known(answer: Answer, names: list[str]) -> set[str]:
    known = {os.fsdecode(name) for name in answer.out.split(b"\0") if name}
    return {name for name in names if os.path.normpath(name) in known or (len(names) == 1 and bool(known))}
