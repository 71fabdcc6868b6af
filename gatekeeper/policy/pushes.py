"""Owns what git tells of a push, and which cycle judges what goes to which ref. Pure; knows neither git nor files."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from gatekeeper.model.plan import NO_CYCLE, Pairs
from gatekeeper.model.record import NamedTuple

BRANCHES = "refs/heads/"
_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REF = re.compile(r"refs/[^\x00-\x20\x7f~^:?*\[\\]+")
_SHOWN = 200
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


class NotAPush(Exception):
    """What came is not what git tells its pre-push hook; the text says which line, and what was wanted."""


class RefUpdate(NamedTuple):
    """One ref of the remote that is to change: from `old` to `new`, objects of `local` on this side.

    An id that is nothing but zeros is none: as `old` the ref is new, as `new` it is deleted.
    """

    local: str
    new: str
    ref: str
    old: str

    @property
    def deletes(self) -> bool:
        """Whether the ref goes away."""
        return not self.new.strip("0")

    @property
    def creates(self) -> bool:
        """Whether the remote has no such ref yet."""
        return not self.old.strip("0")

    @property
    def branch(self) -> str:
        """The branch that is pushed to; empty where the ref is none."""
        return self.ref.removeprefix(BRANCHES) if self.ref.startswith(BRANCHES) else ""


class Chosen(NamedTuple):
    """Which cycle judges, `NO_CYCLE` for none. `glob` is what said so; empty where nothing of `hook:` fits."""

    cycle: str
    glob: str = ""


def read_updates(told: bytes) -> tuple[RefUpdate, ...]:
    """The updates that git tells of, a line each. Raises `NotAPush`, because what is not understood is not judged."""
    if told and not told.endswith(b"\n"):
        raise NotAPush(f"the last line is cut off: {_shown(told.splitlines()[-1])}")
    return tuple(_update(number, line) for number, line in enumerate(told.split(b"\n")[:-1], 1))


def choose_cycle(ref: str, hook: Pairs, default: str) -> Chosen:
    """The cycle for what is pushed to `ref`: that of the first glob which fits.

    A glob that begins with ``refs/`` is of whole names, any other of branches.
    """
    for glob, cycle in hook:
        whole = glob if glob.startswith("refs/") else BRANCHES + glob
        if fnmatchcase(ref, whole):
            return Chosen(cycle, glob)
    return Chosen(default)


def left_to_ci(chosen: Chosen, default: str) -> str:
    """What this push is not judged by here, in words; empty where the cycle for everything else judges it."""
    if chosen.cycle == default or not chosen.glob:
        return ""
    said = f"`hook:` says {chosen.cycle} for {chosen.glob}"
    if chosen.cycle == NO_CYCLE:
        return f"{said}: nothing is judged here, {default} is left to CI"
    return f"{said}: {default} is left to CI"


def _update(number: int, line: bytes) -> RefUpdate:
    try:
        # From the right: what stands first may be any expression, `HEAD@{1 day ago}` among them.
        local, new, ref, old = line.decode("utf-8", "surrogateescape").rsplit(" ", 3)
    except ValueError:
        raise NotAPush(f"line {number} is {_shown(line)}, and four words were wanted") from None
    for oid in (new, old):
        if not _OID.fullmatch(oid):
            raise NotAPush(f"line {number} holds {oid[:_SHOWN]!r} where the id of an object was wanted")
    if len(new) != len(old):
        raise NotAPush(f"line {number} holds ids of two kinds: {new}, {old}")
    if not _REF.fullmatch(ref):
        raise NotAPush(f"line {number} holds {ref[:_SHOWN]!r} where the full name of a ref was wanted")
    return RefUpdate(local, new, ref, old)


def _shown(line: bytes) -> str:
    return repr(line[:_SHOWN].decode("utf-8", "backslashreplace"))


def without_password(remote: str) -> str:
    """The name of a remote, or its URL without what may be a secret in it: git gives the URL where there is no name."""
    return re.sub(r"^([A-Za-z][\w+.-]*://)[^/@]*@", r"\1", remote)


def age(seconds: float) -> str:
    """How long ago that is, in the largest unit that fits."""
    unit, name = next((pair for pair in _UNITS if seconds >= pair[0]), (1, "s"))
    return f"{int(seconds // unit)} {name} ago"
