"""What the guard's tests share besides fixtures: where the situations are, the witness, and waiting for a condition."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.line import Line
from gatekeeper.model.containment import GuardEnd, GuardOrder

ROOT = Path(__file__).parents[3]
SITUATIONS = ROOT / "tests" / "situations"
BARE_PYTHON = (sys.executable, "-I", "-S")

PATIENCE_S = 40.0
"""How long anything is waited for that must come. Nobody waits that long but for what does not come at all."""

SLEEPING = """sleep 600 & until [ "$(tr -d '\\0' < /proc/$!/cmdline)" = sleep600 ]; do :; done;"""
"""Leaves a ``sleep`` behind that is one already, and not still the shell that was to become it."""


ESCAPES = {
    "plain_child": 2,
    "grandchild": 3,
    "orphan": 2,
    "setsid": 2,
    "double_fork": 2,
    "double_fork_empty_environment": 2,
    "term_ignored": 2,
    "stopped": 2,
    "subreaper_daemon": 3,
    "hundred": 101,
}
"""The kinds of tests/situations/escape.py that neither kill nor leave, and how many announce themselves of each."""


class Guarded(Protocol):
    """Makes an order for a command in the run folder of the test."""

    def __call__(self, *argv: str, **fields: Any) -> GuardOrder: ...


class Witness:
    """Knows who was there because they said so, and asks the kernel who still is. Zombies are dead."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def announced(self) -> list[tuple[int, str]]:
        """Everybody who said hello, as (pid, start time)."""
        if not self.path.exists():
            return []
        lines = self.path.read_text().splitlines()
        return [(int(pid), start) for pid, start in (line.split() for line in lines)]

    def alive(self) -> list[int]:
        """Who of them is alive at this moment."""
        return [pid for pid, start in self.announced() if alive(pid, start)]


def escape(kind: str, witness: Witness, then: str) -> tuple[str, ...]:
    """The command of an escape that announces itself to this witness."""
    return (*BARE_PYTHON, str(SITUATIONS / "escape.py"), kind, str(witness.path), then)


def alive(pid: int, start: str) -> bool:
    """Whether the very process is alive; read here once more, because the guard's own reading is under test."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return False
    # One whose first thread has ended looks like a zombie, and goes on with the others.
    return (fields[0] not in b"ZX" or int(fields[17]) > 1) and fields[19].decode() == start


def start_of(pid: int) -> str:
    """The start time of a process that is there."""
    return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19].decode()


def content_of(order: GuardOrder) -> bytes:
    """What is in the output file of this order."""
    return Path(order.output).read_bytes()


def touch(order: GuardOrder, name: str) -> None:
    """Make a file where the command of this order runs: a word to it."""
    Path(order.cwd, name).touch()


def kill_at_once(pids: list[int]) -> None:
    """SIGKILL them so that none of them sees another one die; a warden sets its guardians going until it is stopped."""
    for number in (signal.SIGSTOP, signal.SIGSTOP, signal.SIGKILL):
        for pid in pids:
            os.kill(pid, number)


def eventually(condition: Callable[[], object]) -> None:
    """Look until `condition` holds; fails when it does not in time."""
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, f"it did not happen within {PATIENCE_S} s"
        time.sleep(0.002)


async def soon(condition: Callable[[], object]) -> None:
    """`eventually` for a test that shares its event loop with a guard."""
    import anyio

    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, f"it did not happen within {PATIENCE_S} s"
        await anyio.sleep(0.002)


async def in_time(
    run: Callable[[float], Awaitable[GuardEnd]], got_there: Callable[[GuardEnd], object], shortest_s: float = 0.5
) -> GuardEnd:
    """What came of `run` with the first limit that left its command the time to get to what a test is about.

    A limit that a busy machine does not keep up with proves nothing; one for a busy machine would cost everybody.
    """
    for limit_s in (shortest_s, 3.0, 20.0):
        end = await run(limit_s)
        if got_there(end):
            return end
    raise AssertionError(f"the command did not get there in 20 s: {end}")


async def idle_guardians(guard: Guard) -> list[Line]:
    """The lines to the guardians that have nothing to do, once each of them is ready."""
    for line in guard._pool._idle:
        assert await line.hear(PATIENCE_S, or_hello=True) is None
    return list(guard._pool._idle)


def helpers(token: str) -> list[int]:
    """The pids of the warden and the guardians whose command line ends with this token."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
        if line[-1] == token.encode() and fields[0] not in b"ZX":
            found.append(int(folder.name))
    return found
