"""Which process is meant: a pid is used again by strangers, a pid with its start time is not."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """One process, for ever."""

    pid: int
    started: str

    def is_alive(self) -> bool:
        """Tell whether this very process still runs; a zombie does not."""
        return start_time(self.pid) == self.started

    def end(self, grace: float) -> None:
        """Ask it to stop, wait for as long as `grace` seconds, then make it; TimeoutError if even that fails."""
        with _handle(self.pid) as pidfd:
            # Looked up once the handle is held: from here on the pid cannot pass to somebody else unseen.
            if not self.is_alive():
                return
            for number, wait in ((signal.SIGTERM, grace), (signal.SIGKILL, 2.0)):
                _send(self.pid, pidfd, number)
                if self._is_gone_within(wait, pidfd):
                    return
        raise TimeoutError(f"process {self.pid} does not even end by SIGKILL")

    def _is_gone_within(self, seconds: float, pidfd: int | None) -> bool:
        if pidfd is not None:
            poll = select.poll()
            poll.register(pidfd, select.POLLIN)
            return bool(poll.poll(seconds * 1000))
        deadline = time.monotonic() + seconds
        while self.is_alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def start_time(pid: int) -> str | None:
    """Return when this process started, as text that only serves to be compared; None if it does not run."""
    if Path("/proc/self/stat").exists():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
            boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        except OSError:
            return None
        # The name in parentheses may hold spaces and parentheses; what follows it is the state and 18 more fields.
        state, *fields = stat.rpartition(")")[2].split()
        return None if state in "ZX" else f"{boot}/{fields[18]}"
    ps = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        timeout=5,
        env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
    )
    state, _, started = ps.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


@contextmanager
def _handle(pid: int) -> Iterator[int | None]:
    """Hold the process by a handle where the kernel has one; where not, its pid has to do."""
    try:
        pidfd = os.pidfd_open(pid)
    except (AttributeError, OSError):
        yield None
        return
    try:
        yield pidfd
    finally:
        os.close(pidfd)


def _send(pid: int, pidfd: int | None, number: signal.Signals) -> None:
    try:
        if pidfd is None:
            os.kill(pid, number)
        else:
            signal.pidfd_send_signal(pidfd, number)
    except ProcessLookupError:
        pass  # it was faster
    except PermissionError as error:
        raise PermissionError(f"process {pid} belongs to another user") from error
