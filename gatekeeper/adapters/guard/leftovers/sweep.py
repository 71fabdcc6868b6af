"""Owns the last net: finding processes by the cookie in their environment, whoever their parent is now.

Detection more than a guarantee: a program may overwrite or drop its environment. Kills only what carries a cookie.
"""

from __future__ import annotations

import os
import signal
import time

from gatekeeper.adapters.guard.leftovers import kill_ladder, survivors
from gatekeeper.adapters.guard.messages.wire import Survivor
from gatekeeper.adapters.guard.system import procfs

VARIABLE = "GATEKEEPER_COOKIE"


def with_cookie(environ: tuple[tuple[str, str], ...], cookie: str) -> tuple[tuple[str, str], ...]:
    """The environment with a cookie added; that of an outer gatekeeper stays in front of it."""
    outer = [value for name, value in environ if name == VARIABLE and value]
    rest = tuple(pair for pair in environ if pair[0] != VARIABLE)
    return (*rest, (VARIABLE, ",".join((*outer[-1:], cookie))))


def carriers(cookies: tuple[str, ...], since: int = 0) -> list[procfs.Stat]:
    """The living processes, but for this one, whose cookie is one of `cookies` or belongs below it (``cookie.7``).

    Nobody is asked who is older than `since` (ticks), nor who waits in the kernel: asking could wait with him.
    """
    exact = tuple(cookie.encode() for cookie in cookies)
    below = tuple(cookie + b"." for cookie in exact)
    own = os.getpid()
    found = []
    for pid in procfs.pids():
        seen = procfs.stat(pid) if pid != own else None
        if seen is None or not seen.alive or seen.start < since or seen.state == "D":
            continue
        # Looked at again: between the two looks the pid may have been given to a stranger.
        if _carries(procfs.environ(pid), exact, below) and procfs.is_alive(pid, seen.start):
            found.append(seen)
    return found


def _carries(environ: bytes, exact: tuple[bytes, ...], below: tuple[bytes, ...]) -> bool:
    mark = b"\0" + VARIABLE.encode() + b"="
    at = environ.find(mark)
    if at < 0:
        return False
    value = environ[at + len(mark) : environ.index(b"\0", at + len(mark))]
    return any(token in exact or token.startswith(below) for token in value.split(b","))


def all_gone(cookies: tuple[str, ...], caught: tuple[Survivor, ...]) -> bool:
    """Whether no carrier is left after `kill_carriers` caught these; looked at once more only where it caught some."""
    return not caught or not carriers(cookies)


def kill_carriers(cookies: tuple[str, ...], within_s: float, since: int = 0) -> tuple[Survivor, ...]:
    """Kill every carrier until a whole pass finds none; what was caught. Bounded by `within_s`."""
    caught: dict[tuple[int, int], Survivor] = {}
    until = time.monotonic() + within_s
    while found := carriers(cookies, since):
        fresh = [one for one in found if (one.pid, one.start) not in caught]
        for one, described in zip(fresh, survivors.describe([(one, "cookie") for one in fresh]), strict=False):
            caught[one.pid, one.start] = described
        for one in found:
            kill_ladder.signal_one(one.pid, one.start, (signal.SIGKILL,))
        if time.monotonic() > until:
            break
    return tuple(caught.values())
