"""A step that leaves things behind: ``hostile.py six|COUNT ANNOUNCED exit|stay``.

``six`` makes a plain child, its child, a session of its own, a double-forked daemon with an emptied environment, one
that ignores SIGTERM and one that is stopped; a number makes that many double-forked daemons. Each of them, and at
last the leader, writes its pid and start time to the file ANNOUNCED. When all have, the leader waits until ANNOUNCED.go
is there if its name ends with ``+``, and then exits 0 or stays. Runs under ``python -I -S``.
"""

from __future__ import annotations

import os
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def announce() -> None:
    """Say who we are."""
    with open("/proc/self/stat", "rb") as stat:
        start = stat.read().rpartition(b")")[2].split()[19]
    os.write(announced, b"%d %s\n" % (os.getpid(), start))


def stay() -> None:
    """Be there for as long as anybody lets us."""
    while True:
        time.sleep(600)


def lasting() -> None:
    """Announce this process, and stay."""
    announce()
    stay()


def fork(body: Callable[[], None]) -> None:
    """A child that runs `body` and never comes back."""
    if os.fork() == 0:
        try:
            body()
        finally:
            os._exit(0)


def detached(body: Callable[[], None]) -> None:
    """What a daemon does: fork, new session, fork again, and let the one in between go."""

    def between() -> None:
        os.setsid()
        fork(body)

    fork(between)
    os.wait()


def parent() -> None:
    fork(lasting)
    lasting()


def session() -> None:
    os.setsid()
    lasting()


def deaf() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    lasting()


def stopped() -> None:
    announce()
    os.kill(os.getpid(), signal.SIGSTOP)
    stay()


def small() -> None:
    """A daemon without an environment, and with next to no memory that would take its time to be taken down."""
    announce()
    os.execve("/bin/sleep", ["sleep", "600"], {})


def until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.0005)


def all_announced(count: int) -> bool:
    with open(sys.argv[2], "rb") as lines:
        return lines.read().count(b"\n") >= count


if __name__ == "__main__":
    kind, path, then = sys.argv[1:]
    announced = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    if kind == "six":
        count = 6
        detached(small)
        for body in (parent, session, deaf, stopped):
            fork(body)
    else:
        count = int(kind)
        for _ in range(count):
            detached(small)
    until(lambda: all_announced(count))
    announce()
    if then == "exit+":
        until(lambda: os.path.exists(f"{path}.go"))
    if then == "stay":
        stay()
