"""Owns the messages between orchestrator, warden and guardian. Knows nothing of what is done with them.

All travel over SEQPACKET sockets between processes of ours, so that a message arrives whole or not at all. Records
are plain slotted classes: the warden's bare interpreter must not pay for `typing`.

::

    orchestrator -> warden      FORK + whether it may use cgroups, with the new guardian's end of a line
                                SWEEP + pid of a dead guardian
    warden -> orchestrator      CAUGHT + processes it killed since it last told
    guardian -> orchestrator    HELLO + pid, start ticks: its own, and its prepared leader's; that leader's leaf, and
                                what a group beside the leaf would be called
    orchestrator -> guardian    SPAWN + order  then perhaps  STOP (SIGTERM, grace, SIGKILL)  |  KILL (at once),
                                both + the order's serial number
    guardian -> orchestrator    TAKEN  the order is being carried out
                                REPORT + report  then, for a service,  GONE + report

A guardian is born before there is anything to do, says HELLO whenever it is ready, and takes another order after a
clean report. The end of the orchestrator needs no message: the kernel closes its end of every line, and a guardian
takes that for KILL.
"""

from __future__ import annotations

import array
import marshal
import os
import socket

from gatekeeper.adapters.guard.messages.record import Record
from gatekeeper.adapters.guard.messages.sight import Sight

FORK = b"f"
SPAWN = b"s"
SWEEP = b"w"
CAUGHT = b"c"
STOP = b"t"
KILL = b"k"
HELLO = b"h"
TAKEN = b"a"
REPORT = b"r"
GONE = b"g"

_INLINE = 64 * 1024
_LARGEST = _INLINE + 1
_BY_DESCRIPTOR = b"@"


class SpawnOrder(Record):
    """What a guardian is to run. Times are seconds.

    `command` is for the leader alone (`gatekeeper.adapters.guard.helpers.leader.packed`); `name` and `cwd` are for
    messages. `limits` holds the fields of `gatekeeper.model.plan.Limits` in their order. `masked` are the forms of
    secrets (`gatekeeper.policy.secret_forms`) that may not reach the disk. `piped` tells that its output is to be a
    pipe and not the file. `private` is the folder that the command has to itself, or empty, and `private_names` the
    variables that name it. `serial` tells the orders on one line apart. `terminal` is the size, in rows and columns, of
    the terminal that the command is to have, or empty.
    """

    __slots__ = (
        "command",
        "cwd",
        "grace_s",
        "keep",
        "limits",
        "masked",
        "name",
        "output",
        "piped",
        "private",
        "private_names",
        "quiet_s",
        "serial",
        "terminal",
        "timeout_s",
    )

    def __init__(
        self,
        command: bytes,
        cwd: str,
        grace_s: float,
        keep: bool,
        limits: tuple[float | None, ...],
        masked: tuple[bytes, ...],
        name: str,
        output: str,
        piped: bool,
        private: str,
        private_names: tuple[str, ...],
        quiet_s: float | None,
        serial: int,
        terminal: tuple[int, ...],
        timeout_s: float,
    ) -> None:
        self.command = command
        self.cwd = cwd
        self.grace_s = grace_s
        self.keep = keep
        self.limits = limits
        self.masked = masked
        self.name = name
        self.output = output
        self.piped = piped
        self.private = private
        self.private_names = private_names
        self.quiet_s = quiet_s
        self.serial = serial
        self.terminal = terminal
        self.timeout_s = timeout_s

    @property
    def output_limit(self) -> int:
        """How many bytes of output are kept."""
        return int(self.limits[0] or 0)


class Survivor(Record):
    """A process that was still alive when it should not have been. `layer` names what caught it."""

    __slots__ = ("age_s", "argv", "cwd", "layer", "pid", "ports")

    def __init__(
        self, age_s: float, argv: tuple[str, ...], cwd: str, layer: str, pid: int, ports: tuple[int, ...]
    ) -> None:
        self.age_s = age_s
        self.argv = argv
        self.cwd = cwd
        self.layer = layer
        self.pid = pid
        self.ports = ports


class Report(Record):
    """What a guardian saw of its step. Written once, when all is gone or a service is left to live on.

    `end` is ``exited``, ``signalled``, ``deadline``, ``quiet``, ``limit``, ``stopped``, ``not-started`` or ``broken``;
    `code` is the exit code or signal that goes with it. `detail` holds words for the last two, for ``not-started``
    with the reason up to the first blank. `limit` names the one that goes with ``limit``; `held_by` tells by what each
    was held. `unkillable` are pids that did not die of SIGKILL in time. `survivors_total` may be larger than the number
    described. `joined` tells whether the cgroup leaf really held it. `disk_full` tells that its output may have found
    no room; `dropped` bytes of it were not taken by the disk, as `refused` says. `exceeded` and `listeners` hold the
    fields of the model's records of these names, in their order. Of one that was ended at its limit, `sights` are its
    processes, the leader first, `unfinished` is the line that its output ended with, and `spoken` the end of its own
    output, where stack dumps were added to that.
    """

    __slots__ = (
        "after_s",
        "code",
        "detail",
        "disk_full",
        "dropped",
        "duration_s",
        "end",
        "exceeded",
        "held_by",
        "joined",
        "limit",
        "listeners",
        "refused",
        "service",
        "sights",
        "spoken",
        "survivors",
        "survivors_total",
        "unfinished",
        "unkillable",
    )

    def __init__(
        self,
        after_s: float = 0.0,
        code: int = 0,
        detail: str = "",
        disk_full: bool = False,
        dropped: int = 0,
        duration_s: float = 0.0,
        end: str = "broken",
        exceeded: tuple[tuple[str, str], ...] = (),
        held_by: tuple[tuple[str, str], ...] = (),
        joined: bool = False,
        limit: str = "",
        listeners: tuple[tuple[int, int, tuple[str, ...]], ...] = (),
        refused: str = "",
        service: bool = False,
        sights: tuple[Sight, ...] = (),
        spoken: str | None = None,
        survivors: tuple[Survivor, ...] = (),
        survivors_total: int = 0,
        unfinished: str | None = None,
        unkillable: tuple[int, ...] = (),
    ) -> None:
        self.after_s = after_s
        self.code = code
        self.detail = detail
        self.disk_full = disk_full
        self.dropped = dropped
        self.duration_s = duration_s
        self.end = end
        self.exceeded = exceeded
        self.held_by = held_by
        self.joined = joined
        self.limit = limit
        self.listeners = listeners
        self.refused = refused
        self.service = service
        self.sights = sights
        self.spoken = spoken
        self.survivors = survivors
        self.survivors_total = survivors_total
        self.unfinished = unfinished
        self.unkillable = unkillable

    @classmethod
    def unpack(cls, packed: tuple[object, ...]) -> Report:
        """The record that `pack` was called on."""
        report = cls(*packed)  # type: ignore[arg-type]  # the sender is the same code in another process
        report.sights = tuple(Sight(*one) for one in report.sights)  # type: ignore[misc]  # packed as tuples
        report.survivors = tuple(Survivor(*one) for one in report.survivors)  # type: ignore[misc]  # packed as tuples
        return report


class Message:
    """One message as it arrived: its kind, its plain content, and the descriptors that came with it."""

    __slots__ = ("content", "descriptors", "kind")

    def __init__(self, kind: bytes, content: tuple[object, ...], descriptors: list[int]) -> None:
        self.kind = kind
        self.content = content
        self.descriptors = descriptors


def goes_on(message: Message | None) -> bool:
    """Whether a guardian that said this still holds something."""
    return message is not None and message.kind == REPORT and Report.unpack(message.content).service


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a channel; neither is inherited by anything that is started."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(
    channel: socket.socket, kind: bytes, content: tuple[object, ...] = (), descriptors: tuple[int, ...] = ()
) -> None:
    """Send one message; a content too large for a datagram goes through memory that both ends share.

    Raises:
        OSError: the other end is gone, or (`BlockingIOError`) has no room now.
    """
    body = marshal.dumps(content)  # type: ignore[arg-type]  # made of plain values by `pack`
    if len(body) <= _INLINE:
        _send(channel, kind + body, descriptors)
        return
    shared = os.memfd_create("gatekeeper-message", os.MFD_CLOEXEC)
    try:
        rest = memoryview(body)
        while rest:
            rest = rest[os.write(shared, rest) :]
        _send(channel, _BY_DESCRIPTOR + kind, (shared, *descriptors))
    finally:
        os.close(shared)


def _send(channel: socket.socket, data: bytes, descriptors: tuple[int, ...]) -> None:
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    channel.sendmsg([data], ancillary, socket.MSG_NOSIGNAL)


def receive(channel: socket.socket) -> Message | None:
    """The next message, or None where the other end is gone. Raises `BlockingIOError` where there is none yet."""
    try:
        data, ancillary, _, _ = channel.recvmsg(_LARGEST, socket.CMSG_SPACE(16), socket.MSG_CMSG_CLOEXEC)
    except ConnectionResetError:
        # It died with something unread. That is told once, and before its own last words.
        return receive(channel)
    if not data:
        return None
    descriptors = array.array("i")
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(payload[: len(payload) - len(payload) % descriptors.itemsize])
    passed = list(descriptors)
    if data[:1] == _BY_DESCRIPTOR:
        shared = passed.pop(0)
        try:
            body = os.pread(shared, os.fstat(shared).st_size, 0)
        finally:
            os.close(shared)
        return Message(data[1:2], marshal.loads(body), passed)  # noqa: S302 - written by our own process
    return Message(data[:1], marshal.loads(data[1:]), passed)  # noqa: S302 - written by our own process
