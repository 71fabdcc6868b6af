"""Starts the service in the background and ends it again; the stack of this folder is what .run/ says, nothing else."""

from __future__ import annotations

import argparse
import fcntl
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from identity import Process, start_time

ROOT = Path(__file__).resolve().parent.parent
RUN = ROOT / ".run"  # inside the folder, so that two clones know nothing of each other
PID_FILE = RUN / "service.pid"
LOG_FILE = RUN / "service.log"

READY_WITHIN = 15.0
STOP_GRACE = 8.0  # a little more than the service gives a slow client
LOCK_WITHIN = READY_WITHIN + STOP_GRACE


class StackError(Exception):
    """Raised when the stack is not in the state that was asked for; the text says why."""


def start() -> None:
    """Start the service and return once it answers."""
    running = _recorded()
    if running is not None and running.is_alive():
        raise StackError(f"the service runs already as process {running.pid}")
    ready_read, ready_write = os.pipe()
    with LOG_FILE.open("ab") as log, os.fdopen(ready_read, "rb", buffering=0) as ready:
        log_start = log.tell()
        try:
            # Nothing of ours is handed down, and it gets a session of its own: whoever waits for our output, holds
            # a lock in another descriptor, or signals our group is not bound to a service that goes on.
            service = subprocess.Popen(
                [sys.executable, "-m", "calorie_backend", "serve", "--ready-fd", str(ready_write)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[ready_write],
                start_new_session=True,
            )
        finally:
            os.close(ready_write)
        process = Process(service.pid, start_time(service.pid) or "ended")
        PID_FILE.write_text(f"{process.pid}\n{process.started}\n", "utf-8")
        # The service writes its URL when it listens. If it dies before, the kernel closes the pipe: either way we
        # know at once, and an answer of somebody else on this port cannot be taken for ours. If we die, the pipe
        # breaks on its side, and it ends too.
        if not select.select([ready], [], [], READY_WITHIN)[0]:
            _end(process)
            raise StackError(f"the service was not ready within {READY_WITHIN:.0f} s\n{_log_since(log_start)}")
        url = ready.read(1000).decode().strip()
    if not url:
        _end(process)
        raise StackError(f"the service stopped right after its start, and said:\n{_log_since(log_start)}")
    print(f"started: {url}, process {process.pid}, log {LOG_FILE}")


def stop() -> None:
    """End the service if it runs."""
    process = _recorded()
    if process is None:
        print("stopped: nothing was running")
    elif not process.is_alive():
        PID_FILE.unlink()
        print(f"stopped: process {process.pid} of the last start was gone already")
    else:
        _end(process)
        print(f"stopped: process {process.pid}")


def _end(process: Process) -> None:
    process.end(STOP_GRACE)
    PID_FILE.unlink()


def _recorded() -> Process | None:
    try:
        pid, started = PID_FILE.read_text("utf-8").splitlines()
        return Process(int(pid), started)
    except (FileNotFoundError, ValueError):
        return None  # a file that was cut short names nobody for certain, and on a guess nobody is killed


def _log_since(offset: int) -> str:
    with LOG_FILE.open("rb") as log:
        log.seek(offset)
        lines = log.read().decode("utf-8", "replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-20:]) or f"  (nothing; its log is {LOG_FILE})"


@contextmanager
def _locked() -> Iterator[None]:
    """Let one start or stop at a time happen in this folder."""
    RUN.mkdir(mode=0o700, exist_ok=True)
    deadline = time.monotonic() + LOCK_WITHIN
    with (RUN / "stack.lock").open("w", encoding="utf-8") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise StackError("another start or stop in this folder does not come to its end") from error
                time.sleep(0.05)
        yield


def main() -> int:
    """Run one command; 0 if the stack is in the state that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("start", "stop"))
    command = parser.parse_args().command
    try:
        with _locked():
            (start if command == "start" else stop)()
    except (StackError, OSError) as error:
        print(f"stack {command}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
