"""Owns what is known of one process that is about to be killed. Plain facts; judges nothing and reads nothing."""

from __future__ import annotations

from gatekeeper.adapters.guard.messages.record import Record


class Sight(Record):
    """One process as it was seen just before a kill.

    `cpu_ticks` is user and system time together, `cpu_share` how much of one core it used in the last moments (1.0 is
    all of it; below 0 it is not known). `memory` is how many bytes of it are in memory. `state` is the kernel's letter,
    or empty where it was stopped for being looked at. `waits` is what its main thread waits for: ``child``, ``input``
    (a terminal), ``read``, ``write``, ``open``, ``connect``, ``accept``, ``lock``, ``file-lock``, ``sleep``,
    ``signal``, ``events`` or nothing. `target` says in words what it reads from, connects to and so on; `peer` is the
    process of the same step that it thereby waits for, or 0. `stopped_by` is the signal that stopped it, or 0.
    `runtime` is ``python``, ``jvm``, ``go``, ``node`` or empty; `stack` holds the lines of its own dump, `note` says
    why there are none.
    """

    __slots__ = (
        "argv",
        "connected",
        "cpu_share",
        "cpu_ticks",
        "listening",
        "memory",
        "note",
        "peer",
        "pid",
        "ppid",
        "runtime",
        "stack",
        "start",
        "state",
        "stdin",
        "stopped_by",
        "syscall",
        "target",
        "threads",
        "waits",
        "wchan",
    )

    def __init__(
        self,
        argv: tuple[str, ...] = (),
        connected: tuple[str, ...] = (),
        cpu_share: float = -1.0,
        cpu_ticks: int = 0,
        listening: tuple[int, ...] = (),
        memory: int = 0,
        note: str = "",
        peer: int = 0,
        pid: int = 0,
        ppid: int = 0,
        runtime: str = "",
        stack: tuple[str, ...] = (),
        start: int = 0,
        state: str = "",
        stdin: str = "",
        stopped_by: int = 0,
        syscall: str = "",
        target: str = "",
        threads: int = 1,
        waits: str = "",
        wchan: str = "",
    ) -> None:
        self.argv = argv
        self.connected = connected
        self.cpu_share = cpu_share
        self.cpu_ticks = cpu_ticks
        self.listening = listening
        self.memory = memory
        self.note = note
        self.peer = peer
        self.pid = pid
        self.ppid = ppid
        self.runtime = runtime
        self.stack = stack
        self.start = start
        self.state = state
        self.stdin = stdin
        self.stopped_by = stopped_by
        self.syscall = syscall
        self.target = target
        self.threads = threads
        self.waits = waits
        self.wchan = wchan
