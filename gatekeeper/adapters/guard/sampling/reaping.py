"""Owns `reap` for systems without the kernel's help (macOS): a dead run's watchdog first, then its cookie. Best effort.

Touches nothing of an owner that is alive, and no process that does not carry a dead owner's cookie or is its watchdog.
The system's own programs may hide their environment (macOS does that for those in /bin and /usr/bin): what of them the
watchdog did not end stays.
"""

from __future__ import annotations

import contextlib
import os
import time

import psutil

from gatekeeper.adapters.guard import ledger
from gatekeeper.adapters.guard.leftovers import sweep
from gatekeeper.adapters.guard.reap import Reaped, remove_folders
from gatekeeper.adapters.guard.sampling.census import lives
from gatekeeper.adapters.guard.system.identity import boot_id

_WATCHDOG_WITHIN_S = 12.0
_WITHIN_S = 5.0
_PAUSE_S = 0.01


def reap(ledger_path: str) -> tuple[Reaped, ...]:
    """End everything that can still be told to be of the dead owners in this ledger; what that was. Bounded."""
    boot = boot_id()
    dead = [start for start in ledger.unfinished(ledger_path) if not start.owner.alive]
    mine = [start for start in dead if start.owner.boot == boot]
    if not mine:
        return tuple(remove_folders(dead))
    tokens = {start.cookie.rpartition(".")[0] for start in mine}
    labels = {start.cookie: start.label for start in mine}
    _let_watchdogs_finish(tokens)
    found: dict[int, Reaped] = {}
    until, clean = time.monotonic() + _WITHIN_S, 0
    while clean < 2 and time.monotonic() < until:
        carriers = [(one, cookie) for one in psutil.process_iter() if (cookie := _cookie_of(one, tokens))]
        for one, cookie in carriers:
            with contextlib.suppress(psutil.Error, OSError):
                name = " ".join(one.cmdline())
                one.kill()
                found.setdefault(one.pid, Reaped("process", labels.get(cookie, ""), name, one.pid))
        clean = 0 if carriers else clean + 1
        time.sleep(_PAUSE_S)
    closing = ledger.Ledger(ledger_path)
    for owner in dict.fromkeys(start.owner for start in mine):
        closing.say_closed(owner)
    closing.close()
    return (*found.values(), *remove_folders(dead))


def _cookie_of(one: psutil.Process, tokens: set[str]) -> str:
    """The cookie of a dead run that a living process carries, or empty."""
    if one.pid != os.getpid() and lives(one):
        with contextlib.suppress(psutil.Error, OSError):
            cookies = one.environ().get(sweep.VARIABLE, "").split(",")
            return next((each for each in cookies if each.rpartition(".")[0] in tokens), "")
    return ""


def _let_watchdogs_finish(tokens: set[str]) -> None:
    """They end what they hold when their orchestrator dies; those that cannot are killed."""
    until = time.monotonic() + _WATCHDOG_WITHIN_S
    while watchdogs := [one for one in psutil.process_iter() if _is_watchdog(one, tokens)]:
        if time.monotonic() > until:
            for one in watchdogs:
                with contextlib.suppress(psutil.Error, OSError):
                    one.kill()
            return
        time.sleep(_PAUSE_S)


def _is_watchdog(one: psutil.Process, tokens: set[str]) -> bool:
    with contextlib.suppress(psutil.Error, OSError):
        line = one.cmdline()
        return len(line) > 1 and line[-1] in tokens and line[-2].endswith("watchdog.py") and lives(one)
    return False
