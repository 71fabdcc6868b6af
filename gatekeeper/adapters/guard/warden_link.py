"""Owns the orchestrator's end of the warden: starting it, talking to it, replacing it, seeing it gone.

Starting is synchronous and returns at once, so that the warden comes up while the orchestrator still imports.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import socket
import sys

from gatekeeper.adapters.guard.line import Line
from gatekeeper.adapters.guard.messages import wire
from gatekeeper.adapters.guard.messages.wire import Survivor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from anyio import Lock

BOOT = "import sys; sys.path.append(sys.argv[1]); from gatekeeper.adapters.guard.helpers.warden import main; main()"
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
_CHANNEL = 3
_PAUSE_S = 0.002
_DIES_WITHIN_S = 1.0


class WardenGone(Exception):
    """The warden died; whatever was not yet started can be asked of a new one."""


class WardenLink:
    """One warden at a time. `token` stands in its command line, so that `reap` can tell whose it is."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.generation = 0
        self._channel: socket.socket | None = None
        self._pid = 0
        self._handle = -1
        self._asking: Lock | None = None

    def start(self) -> int:
        """Start a warden where none is; which one it is, from 1. Raises `OSError` when the machine refuses."""
        if self._channel is not None:
            return self.generation
        ours, theirs = wire.pair()
        high = -1
        try:
            # Duplicating a descriptor onto itself would keep it from being inherited: so it must not be the target.
            high = _copied(theirs, above=_CHANNEL)
            self._pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-S", f"-Xutf8={sys.flags.utf8_mode}", "-c", BOOT, _ROOT, self.token],
                os.environ,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_DUP2, high, _CHANNEL),
                ],
                setsid=True,
            )
        except OSError:
            ours.close()
            raise
        finally:
            if high >= 0:
                os.close(high)
            theirs.close()
        ours.setblocking(False)
        self._channel = ours
        # Taken while its pid cannot be anybody else's yet, whoever reaps our children later.
        with contextlib.suppress(OSError):
            self._handle = os.pidfd_open(self._pid)
        self.generation += 1
        return self.generation

    def fork(self, *, with_leaves: bool) -> Line | None:
        """Ask for a guardian, which makes cgroup leaves or not; None where the warden is dead or its queue full."""
        if self._channel is None:
            return None
        ours, theirs = wire.pair()
        try:
            wire.send(self._channel, wire.FORK, (with_leaves,), (theirs.fileno(),))
        except OSError:
            ours.close()
            return None
        finally:
            # As long as we hold its end too, a guardian's death would go unnoticed.
            theirs.close()
        return Line(ours, self.generation)

    async def sweep(self, dead_guardian: int, within_s: float) -> tuple[Survivor, ...]:
        """Have everything killed that a dead guardian left to the warden; what that was.

        Raises:
            WardenGone: there is no warden to ask.
            TimeoutError: it did not answer in time.
        """
        import anyio

        self._asking = self._asking or anyio.Lock()
        with anyio.fail_after(within_s):
            async with self._asking:
                return await self._sweep(dead_guardian)

    async def _sweep(self, dead_guardian: int) -> tuple[Survivor, ...]:
        import anyio

        channel = self._channel
        if channel is None:
            raise WardenGone
        try:
            wire.send(channel, wire.SWEEP, (dead_guardian,))
        except OSError as gone:
            raise WardenGone from gone
        while True:
            try:
                message = wire.receive(channel)
            except BlockingIOError:
                await anyio.wait_readable(channel)
                continue
            if message is None:
                raise WardenGone
            (caught,) = message.content
            return tuple(Survivor(*one) for one in caught)  # type: ignore[attr-defined]  # packed by the warden

    def wake(self) -> None:
        """Set it going again, should somebody have stopped it."""
        if self._handle >= 0:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self._handle, signal.SIGCONT)

    def let_go(self) -> None:
        """Hang up, so that the warden ends; what it does meanwhile nobody waits for."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    async def bury(self, within_s: float, generation: int = 0) -> bool:
        """Let go of the warden and wait until it is gone; SIGKILL when it does not go in time. True if it went.

        With a `generation`, only if it is still that one: somebody else may have replaced it meanwhile.
        """
        if generation and generation != self.generation:
            return True
        self.let_go()
        (pid, handle), (self._pid, self._handle) = (self._pid, self._handle), (0, -1)
        if not pid:
            return True
        try:
            if await _ended(pid, handle, within_s):
                return True
            if handle >= 0:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
            elif not _reaped(pid):
                # There was no descriptor to be had. It is still our child, so the pid is its own.
                os.kill(pid, signal.SIGKILL)
            await _ended(pid, handle, _DIES_WITHIN_S)
            return False
        finally:
            if handle >= 0:
                os.close(handle)


def _copied(channel: socket.socket, above: int) -> int:
    try:
        return fcntl.fcntl(channel, fcntl.F_DUPFD_CLOEXEC, above + 1)
    except OSError as refused:
        if refused.errno != errno.EINVAL:
            raise
        # So few descriptors are allowed that there is none above.
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE)) from None


async def _ended(pid: int, handle: int, within_s: float) -> bool:
    import anyio

    with anyio.move_on_after(within_s):
        if handle >= 0:
            await anyio.wait_readable(handle)
        while not _reaped(pid):  # noqa: ASYNC110 - only where no descriptor could tell of it
            await anyio.sleep(_PAUSE_S)
        return True
    return _reaped(pid)


def _reaped(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True
