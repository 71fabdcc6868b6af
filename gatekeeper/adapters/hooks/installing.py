"""Owns writing an installed hook and taking it away again, so that what was there before comes back as it was.

Nothing is written through a link: what stands under a hook's name is moved aside as it is, and moved back. Knows no
git.
"""

from __future__ import annotations

import os
from contextlib import suppress

from gatekeeper.adapters.hooks.script import KEPT, Wanted, is_ours, text_of, was_ours

_LARGEST = 1 << 20
_RUN_BY_OTHERS = (".legacy",)
"""Under what name pre-commit and prek keep a hook that they found, and go on to run it."""


class Refused(Exception):
    """A hook is left as it is; the text says why, and what to do."""


def install(folder: str, wanted: Wanted) -> str:
    """Write the hook into `folder`; what was done, in words. Raises `Refused`."""
    text = text_of(wanted)
    if ours := _ours(folder, wanted.name):
        _require_unchanged(ours)
        if _read(ours) == text and os.access(ours, os.X_OK):
            return f"{ours} is installed already"
        _write(ours, text)
        return f"wrote {ours} anew"
    place = os.path.join(folder, wanted.name)
    before = ""
    if os.path.lexists(place):
        before = place + KEPT
        if os.path.lexists(before):
            raise Refused(f"both {place} and {before} are there, and neither is ours: look at them, remove one")
    try:
        os.makedirs(folder, exist_ok=True)
        if before:
            os.rename(place, before)
    except OSError as fault:
        raise Refused(f"{place} cannot be written: {fault.strerror}") from None
    try:
        _write(place, text)
    except Refused:
        if before:
            os.rename(before, place)
        raise
    if not before:
        return f"wrote {place}"
    runs = "it runs first" if os.access(before, os.X_OK) else "it is not executable, so it does not run, as before"
    return f"wrote {place}; what was there is {os.path.basename(before)} now: {runs}"


def uninstall(folder: str, name: str) -> str:
    """Take the hook away and put back what was there; what was done, in words. Raises `Refused`."""
    place = os.path.join(folder, name)
    ours = _ours(folder, name)
    if not ours:
        raise Refused(f"{place} is not ours" if os.path.lexists(place) else f"there is no hook {place}")
    _require_unchanged(ours)
    before = place + KEPT
    try:
        if ours != place and _read(before) is not None and _read(before) == _read(place):
            os.unlink(before)  # installed anew since: it is the one that runs us
        if os.path.lexists(before):
            os.rename(before, ours)
            return f"{ours} is what it was before"
        os.unlink(ours)
    except OSError as fault:
        raise Refused(f"{ours} cannot be taken away: {fault.strerror}") from None
    return f"removed {ours}"


def is_installed(folder: str, name: str) -> bool:
    """Whether the hook of this name is ours as we wrote it, and is run."""
    ours = _ours(folder, name)
    return bool(ours) and is_ours(_read(ours) or b"") and os.access(ours, os.X_OK)


def _ours(folder: str, name: str) -> str:
    """Where our hook lies: under its name, or where a tool that came later goes on to run it; empty for nowhere."""
    places = (os.path.join(folder, name + each) for each in ("", *_RUN_BY_OTHERS))
    return next((place for place in places if was_ours(_read(place) or b"")), "")


def _require_unchanged(ours: str) -> None:
    if not is_ours(_read(ours) or b""):
        raise Refused(f"{ours} was written by gatekeeper and changed since: put your lines elsewhere, then remove it")


def _read(path: str) -> bytes | None:
    """What lies at `path`, links followed as git does; None where that is no file that can be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            return file.read(_LARGEST)
    except OSError:
        return None


def _write(place: str, text: bytes) -> None:
    passing = f"{place}.gatekeeper-{os.getpid()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(passing, flags, 0o755)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            os.fchmod(descriptor, 0o755)
        os.rename(passing, place)
    except OSError as fault:
        with suppress(OSError):
            os.unlink(passing)
        raise Refused(f"{place} cannot be written: {fault.strerror}") from None
