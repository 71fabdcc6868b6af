"""Owns the one sentence that says why a command hung. Pure: what was seen goes in, words come out.

It says what was seen. What it has to conclude is only where to look: from the leader along what each process waits
for, to the one that the others wait for.
"""

from __future__ import annotations

import os
import re
import signal

from gatekeeper.adapters.guard.dossier.frames import Place, place_in
from gatekeeper.adapters.guard.messages.sight import Sight
from gatekeeper.policy.terminal_text import settled

_PROMPT = re.compile(r"(?:[:?>\]]|\(y/n\)|\[y/n\])\s*$", re.IGNORECASE)
_BUSY = 0.5
_BUSY_IN_A_CROWD = 0.1
"""What one that is ready to run gets at least where the processors are somebody else's for most of the time."""
_LONGEST_COMMAND = 60
_LONGEST_PROMPT = 80
_NOT_BY_ITSELF = frozenset({"", "events", "lock", "sleep", "signal"})
"""Waits that do not say what for."""


def sentence(sights: tuple[Sight, ...], unfinished: str) -> str:
    """Why it hung, or that it was busy; empty where nothing was seen.

    `sights` have the leader first. `unfinished` is what its output ended with, if that is not the end of a line.
    """
    line = _path(sights)
    last = line[-1] if line else None
    busiest = max(sights, key=lambda one: one.cpu_share, default=None)
    if last is not None and busiest is not None and _is_busy(busiest) and last.waits in _NOT_BY_ITSELF:
        last = busiest
    written = settled(unfinished, "").strip()[-_LONGEST_PROMPT:]
    if written and _asks(last, written):
        return f"hung: waiting for input at '{written}'"
    if last is None:
        return ""
    said = _said_of(last, line, sights[0])
    return f"{said}, after it wrote '{written}'" if written else said


def largest(limit: str, sights: tuple[Sight, ...]) -> str:
    """Who took most of what the limit ``memory`` or ``processes`` is about; empty where nothing was seen."""
    if not sights:
        return ""
    if limit == "memory":
        hog = max(sights, key=lambda one: one.memory)
        return f"{_name(hog)} held {hog.memory / (1 << 20):.4g} MiB, more than any other that was seen"
    counts: dict[str, int] = {}
    for one in sights:
        counts[_command(one)] = counts.get(_command(one), 0) + one.threads
    command, count = max(counts.items(), key=lambda item: item[1])
    return f"{count} of those that were seen were {command}"


def _asks(last: Sight | None, written: str) -> bool:
    """Whether the unfinished line is a question. How it looks counts only where it is not known what is waited for."""
    if last is None:
        return bool(_PROMPT.search(written))
    if _is_busy(last):
        return False
    unknown = last.waits in ("", "events") and last.state not in "TtD" and last.stdin != os.devnull
    return last.waits == "input" or (unknown and bool(_PROMPT.search(written)))


def _said_of(last: Sight, line: list[Sight], leader: Sight) -> str:
    place = place_in(last.runtime, last.stack)
    doing = f"{_doing(last, place)}{_at(place)}"
    how = "busy" if _is_busy(last) else "hung"
    if last is leader:
        return f"{how}: {_name(last)} was {doing}"
    if last not in line:
        return f"{how}: {_name(last)} was {doing}, below {_name(leader)}"
    if all(one.waits == "child" for one in line[:-1]):
        whose = "its child" if last.ppid == leader.pid else "its descendant"
        return f"{how}: waiting for {whose} {_name(last)}, which was {doing}"
    return f"{how}: {_name(last)} was {doing}, and {_name(leader)} waits for it"


def _path(sights: tuple[Sight, ...]) -> list[Sight]:
    """From the leader to the process that it waits for in the end."""
    by_pid = {one.pid: one for one in sights}
    line = list(sights[:1])
    while line:
        last = line[-1]
        following = by_pid.get(last.peer) or _only_hint(last, sights)
        if following is None or following in line:
            break
        line.append(following)
    return line


def _only_hint(last: Sight, sights: tuple[Sight, ...]) -> Sight | None:
    """Where to go on from one that waits for events of an event loop: to its youngest child, as npm has one."""
    if last.waits not in ("events", "signal", "child") or _is_busy(last):
        return None
    return next((one for one in reversed(sights) if one.ppid == last.pid), None)


def _is_busy(one: Sight) -> bool:
    if one.state == "R" and (one.cpu_share < 0 or one.cpu_share >= _BUSY_IN_A_CROWD):
        return True
    return one.cpu_share >= _BUSY


def _name(one: Sight) -> str:
    return f"{_command(one)} (pid {one.pid})"


def _command(one: Sight) -> str:
    # The folder of a program says little and is long.
    command = " ".join((one.argv[0].rpartition("/")[2] or one.argv[0], *one.argv[1:])) if one.argv else "?"
    command = " ".join(command.split())
    command = command if len(command) <= _LONGEST_COMMAND else command[: _LONGEST_COMMAND - 3] + "..."
    return f"`{command}`"


def _at(place: Place | None) -> str:
    return f" in {place.words}" if place is not None and place.words else ""


def _doing(one: Sight, place: Place | None) -> str:
    match one.state:
        case "T":
            return f"stopped by {_signal_name(one.stopped_by)}" if one.stopped_by else "stopped"
        case "t":
            return "stopped by a debugger"
        case "D":
            return f"in an uninterruptible wait{f' ({one.wchan})' if one.wchan else ''}"
        case _ if _is_busy(one):
            return _spinning(one)
        case _:
            return _waiting(one, place)


def _spinning(one: Sight) -> str:
    if one.cpu_share < 0:
        return "running"
    if one.cpu_share < 1.5:
        return f"using {min(100, round(one.cpu_share * 100))} % of one core"
    return f"using {one.cpu_share:.1f} cores"


def _waiting(one: Sight, place: Place | None) -> str:
    if one.runtime in ("jvm", "go") and one.waits in _NOT_BY_ITSELF:
        # Their main thread waits in the runtime, whatever the program does; only the dump tells.
        return _in_runtime(place)
    return _waiting_for(one, direct=one.threads == 1 or (place is not None and place.direct))


def _in_runtime(place: Place | None) -> str:
    match place.waits if place is not None else "":
        case "":
            return "waiting"
        case "lock":
            return "waiting for a lock"
        case "sleep":
            return "sleeping"
        case waits:
            return f"waiting ({waits})"


def _waiting_for(one: Sight, *, direct: bool) -> str:
    target = one.target
    match one.waits:
        case "child":
            return "waiting for a child"
        case "input":
            return f"waiting for input from {target or 'a terminal'}"
        case "read":
            return f"waiting to read from {target or 'a descriptor'}{_nobody(one, 'writes to')}"
        case "write":
            return f"waiting to write to {target or 'a descriptor'}{_nobody(one, 'reads from')}"
        case "open":
            return f"waiting for somebody to open the other end of {target}"
        case "connect":
            return f"waiting to connect to {target or 'a socket'}"
        case "accept":
            return f"waiting for connections on {target or 'a socket'}"
        case "lock":
            return "waiting for a lock" if direct else "waiting for a lock or another thread"
        case "file-lock":
            return f"waiting for a lock on the file {target}".rstrip()
        case "sleep":
            return "sleeping"
        case "signal":
            return "waiting for a signal"
        case "events":
            return "waiting for events"
        case _:
            where = one.wchan or one.syscall
            return f"waiting in {where}" if where else "running" if one.state == "R" else "waiting"


def _nobody(one: Sight, does: str) -> str:
    return f" that no other process of the step {does}" if one.target.endswith("a pipe") and not one.peer else ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
