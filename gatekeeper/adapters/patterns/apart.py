"""Owns looking for patterns in a process of its own, which a regex that never ends cannot outlive. Reads no file.

Standard input holds the job, each line of standard output what came of one pattern; the first that is found is the
last. The kernel ends the process when one pattern takes too long: no code of Python's runs while a regex matches.
"""

from __future__ import annotations

import contextlib
import json
import re
import resource
import signal
import sys

from gatekeeper.model.pattern import Texts
from gatekeeper.policy.patterns.looking import Seen, look

MOST_CPU_S = 0.5
"""How much processor time one pattern may take."""

_MOST_MEMORY = 1 << 30


def main() -> None:
    """Do the job on standard input."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGPROF})
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_AS, _MOST_MEMORY)
    # Also where a pattern sets nothing off by itself, as in reading what is to be done.
    signal.setitimer(signal.ITIMER_PROF, 2 * MOST_CPU_S)
    job = json.load(sys.stdin.buffer)
    lines = job["lines"]
    for name, ways in job["patterns"]:
        signal.setitimer(signal.ITIMER_PROF, MOST_CPU_S)
        try:
            found = next(
                ((number, seen) for number, way in enumerate(ways) if (seen := look(_texts(way), lines)) is not None),
                None,
            )
        except (re.error, RecursionError, MemoryError, OverflowError) as fault:
            _say(name, f"{type(fault).__name__}: {fault}", None)
            continue
        _say(name, "", found)
        if found is not None:
            break


def _bound(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    # Not every system lets this be bounded; the time is.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _texts(way: list[list[str]]) -> Texts:
    return Texts(*(tuple(regexes) for regexes in way))


def _say(name: str, problem: str, found: tuple[int, Seen] | None) -> None:
    sys.stdout.write(json.dumps([name, problem, found]) + "\n")
    sys.stdout.flush()
