"""Owns ending what a dead or hanging orchestrator held, where the kernel does not: a helper that is told who is held.

Runs as ``python -I -S watchdog.py TOKEN`` and reads lines from standard input; needs ps(1) and nothing of ours::

    begin SERIAL UNTIL          a command begins; by UNTIL (monotonic seconds, or inf) the orchestrator has ended it
    hold SERIAL PID START       a process of it (START in seconds since 1970, as ps(1) would tell it)
    end SERIAL                  it is over

At the end of the input the orchestrator is dead: everything that is held is ended. When UNTIL is past, it hangs: that
command is ended. A process is told by pid and start time; what descends from one, or is in a group that it leads, is
ended with it.
"""

import contextlib
import os
import select
import signal
import time

_ENDS_WITHIN_S = 10.0
_TOLERANCE_S = 2.0
_PAUSE_S = 0.01
_PS = ("ps", "-axo", "pid=,ppid=,pgid=,stat=,lstart=")
_LSTART = "%a %b %d %H:%M:%S %Y"


class Seen:
    """A process as ps(1) tells of it."""

    __slots__ = ("group", "parent", "pid", "start")

    def __init__(self, pid: int, parent: int, group: int, start: float) -> None:
        self.pid = pid
        self.parent = parent
        self.group = group
        self.start = start


def main() -> None:
    """Listen until the input ends; then end what is held."""
    os.setsid()
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    until: dict[str, float] = {}
    held: dict[str, dict[int, float]] = {}
    rest = b""
    while True:
        left = min(until.values(), default=float("inf")) - time.monotonic()
        if left <= 0:
            for serial in [serial for serial, end in until.items() if end <= time.monotonic()]:
                until[serial] = float("inf")
                end_all(held[serial])
            continue
        if not select.select([0], [], [], None if left == float("inf") else left)[0]:
            continue
        data = os.read(0, 65536)
        if not data:
            break
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            _obey(line.decode().split(), until, held)
    for processes in held.values():
        end_all(processes)


def _obey(words: list[str], until: dict[str, float], held: dict[str, dict[int, float]]) -> None:
    match words:
        case ["begin", serial, end]:
            until[serial] = float(end)
            held.setdefault(serial, {})
        case ["hold", serial, pid, start]:
            held.setdefault(serial, {})[int(pid)] = float(start)
        case ["end", serial]:
            until.pop(serial, None)
            held.pop(serial, None)
        case _:
            pass  # the orchestrator died in the middle of a line


def end_all(held: dict[int, float]) -> None:
    """Stop, then kill, until two looks found nobody; at most ten seconds."""
    limit = time.monotonic() + _ENDS_WITHIN_S
    clean = 0
    while held and clean < 2 and time.monotonic() < limit:
        # Who is stopped forks no more, and stays the parent of those that he made.
        while _signal_new(held, signal.SIGSTOP) and time.monotonic() < limit:
            pass
        found = _belonging(held, look())
        for one in found:
            _signal(one.pid, signal.SIGKILL)
        clean = 0 if found else clean + 1
        time.sleep(_PAUSE_S)


def _signal_new(held: dict[int, float], number: int) -> bool:
    """Signal everybody who belongs to the held; whether somebody was found who was not held before."""
    fresh = False
    for one in _belonging(held, look()):
        _signal(one.pid, number)
        if one.pid not in held:
            held[one.pid] = one.start
            fresh = True
    return fresh


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, number)


def _belonging(held: dict[int, float], table: dict[int, Seen]) -> list[Seen]:
    ours = {pid for pid, start in held.items() if pid in table and abs(table[pid].start - start) <= _TOLERANCE_S}
    before = -1
    while before != len(ours):
        before = len(ours)
        # The number of a group names its leader: while that one is there and ours, so is the group.
        ours |= {one.pid for one in table.values() if one.parent in ours or one.group in ours}
    return [table[pid] for pid in ours if pid != os.getpid()]


def look() -> dict[int, Seen]:
    """Everybody who is alive; empty where ps(1) does not answer."""
    import subprocess

    environ = {**os.environ, "LC_ALL": "C"}
    try:
        told = subprocess.run(_PS, stdin=subprocess.DEVNULL, capture_output=True, env=environ, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    found = {}
    for line in told.stdout.decode(errors="replace").splitlines():
        fields = line.split(None, 4)
        try:
            pid, parent, group = map(int, fields[:3])
            start = time.mktime(time.strptime(fields[4].strip(), _LSTART))
        except (ValueError, IndexError):
            continue
        if not fields[3].startswith("Z"):
            found[pid] = Seen(pid, parent, group, start)
    return found


if __name__ == "__main__":
    main()
