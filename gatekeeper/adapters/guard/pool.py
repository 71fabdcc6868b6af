"""Owns the guardians that are ready for a step, and getting another one whatever happened to them or their warden.

A guardian takes one step after the other: forking one costs more than all else that guarding a short step does.
"""

from __future__ import annotations

import contextlib
import os

from gatekeeper.adapters.guard.messages import wire
from gatekeeper.adapters.guard.warden_link import WardenLink

TYPE_CHECKING = False
if TYPE_CHECKING:  # on the way to the first spawn, annotations must not import what comes later
    from gatekeeper.adapters.guard.line import Line

_READY_WITHIN_S = 15.0
_BURIED_WITHIN_S = 1.0
_ATTEMPTS = 3


class NoGuardian(Exception):
    """Nobody can take a step; nothing of it was started. The text says why.

    `machine` tells that the machine refused a process or a descriptor; otherwise somebody keeps killing our helpers.
    """

    def __init__(self, detail: str, *, machine: bool) -> None:
        self.machine = machine
        super().__init__(detail)


class GuardianPool:
    """The idle guardians of one run, and the warden that makes them.

    The warden's token stands in its command line and in every cookie; nobody else has the same.
    """

    def __init__(self, *, with_leaves: bool = True) -> None:
        """`with_leaves` is False for guardians that are to do without cgroups even where there are some."""
        self.with_leaves = with_leaves
        self.warden = WardenLink(f"{os.getpid()}:{os.urandom(8).hex()}")
        self._idle: list[Line] = []
        self._grouped: bool | None = None

    def layers(self) -> tuple[str, ...]:
        """What contains a command that one of these guardians takes, strongest first. Tries the cgroup once."""
        from gatekeeper.adapters.guard.ending import ALWAYS

        if self._grouped is None:
            from gatekeeper.adapters.guard.system import cgroup

            self._grouped = self.with_leaves and cgroup.usable_parent() != ""
        return ("cgroup2", *ALWAYS) if self._grouped else ALWAYS

    def start(self) -> None:
        """Have a warden and a first guardian come up, and return at once. Raises `OSError`."""
        self.warden.start()
        if not self._idle and (line := self.warden.fork(with_leaves=self.with_leaves)):
            self._idle.append(line)

    def keep_spare(self) -> None:
        """Have a guardian get ready where none is idle: for its leader, joining a leaf takes its time."""
        # Where there is no room for it now, whoever needs one will be told.
        with contextlib.suppress(OSError):
            self.start()

    async def take(self) -> Line:
        """A guardian that is ready. Raises `NoGuardian`."""
        attempts = 0
        detail = ""
        while attempts < _ATTEMPTS:
            try:
                generation = self.warden.start()
                # The one that has been idle for longest is the most likely to be ready.
                line = self._idle.pop(0) if self._idle else self.warden.fork(with_leaves=self.with_leaves)
            except OSError as refused:
                raise NoGuardian(f"no process or descriptor could be had: {refused.strerror}", machine=True) from None
            try:
                detail = await _greet(line)
            except BaseException:
                if line is not None:
                    line.close()
                raise
            if line is not None and not detail:
                return line
            if line is not None:
                line.close()
            if line is None or not line.pid:
                # It never was there at all: then it is the warden that is not well.
                attempts += 1
                await self._bury(generation)
        raise NoGuardian(detail, machine=False)

    def give_back(self, line: Line) -> None:
        """Take in a guardian that is done with its step, or never had one."""
        self._idle.append(line)

    def close(self) -> None:
        """Let the idle guardians go."""
        while self._idle:
            self._idle.pop().close()

    async def dismiss(self) -> None:
        """Let everybody go, and see the warden gone; for where there was no guard to close, or it is closed."""
        self.close()
        await self.warden.bury(_BURIED_WITHIN_S)

    async def _bury(self, generation: int) -> None:
        import anyio

        with anyio.CancelScope(shield=True):
            await self.warden.bury(_BURIED_WITHIN_S, generation)


async def _greet(line: Line | None) -> str:
    """Wait until the guardian at the other end is ready; what is wrong with it, or empty. Raises `NoGuardian`."""
    if line is None:
        return "the warden is dead"
    try:
        message = await line.hear(_READY_WITHIN_S, or_hello=True)
    except TimeoutError:
        return f"the warden did not answer within {_READY_WITHIN_S:g} s"
    if message is not None:
        _, _, detail = wire.Report.unpack(message.content).detail.partition(" ")
        line.close()
        raise NoGuardian(detail, machine=True)
    return "" if line.ready else "the warden was killed again and again before it could start anything"
