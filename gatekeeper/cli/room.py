"""Owns the room on the disk that a run wants before it begins. Asks the file system once."""

from __future__ import annotations

import os

from gatekeeper.model.errors import EnvironmentFault, UsageError

NONE = "0B"
VARIABLE = "GATEKEEPER_MIN_FREE"


def room_wanted(given: str | None, default: str = NONE) -> int:
    """Bytes: what `--min-free` says, else the environment, else `default`. Raises `UsageError`."""
    text = given if given is not None else os.environ.get(VARIABLE) or default
    if text == NONE:
        return 0
    from gatekeeper.adapters.definition.units import instead_of_size, parse_size

    found = parse_size(text)
    if found is None:
        where = "--min-free" if given is not None else VARIABLE
        raise UsageError(f"{where} {text!r} is no size; {instead_of_size(text)}")
    return found


def require_room(state: str, least: int) -> None:
    """Raise `EnvironmentFault` where fewer than `least` bytes are free for us under the state folder."""
    if not least:
        return
    place = state if os.path.isdir(state) else os.path.dirname(state)
    try:
        found = os.statvfs(place)
    except OSError as fault:
        raise EnvironmentFault(f"the room at {place} cannot be told: {fault.strerror}") from None
    free = found.f_bavail * found.f_frsize
    if free < least:
        from gatekeeper.policy.number_words import size

        raise EnvironmentFault(
            f"{size(free)} are free at {place}, and {size(least)} are wanted (--min-free, {VARIABLE}); nothing was "
            "started\n  what old runs take can be had back with: gatekeeper prune --dry-run"
        )
