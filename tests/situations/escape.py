"""A step that tries to get away: ``escape.py KIND ANNOUNCED exit|stay``.

Every process it makes first writes its pid and start time to the file ANNOUNCED, so that a witness who knows nothing
of how it is held can tell who is alive. When all of them are there, the leader prints ``ready``, and then exits 0 or
stays. Needs nothing but the standard library, and runs under ``python -I -S``.
"""

import ctypes
import os
import signal
import sys
import time

EXPECTED = {
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
    "kills_its_guardian": 2,
}
"""How many processes of each kind announce themselves, the leader included."""


def announce() -> None:
    """Say who we are."""
    with open("/proc/self/stat", "rb") as stat:
        start = stat.read().rpartition(b")")[2].split()[19]
    os.write(ANNOUNCED, b"%d %s\n" % (os.getpid(), start))


def lasting() -> None:
    """Announce this process, and be there for as long as anybody lets it."""
    announce()
    forever()


def forever() -> None:
    """Sleep until killed; a signal that is handled does not end it."""
    while True:
        time.sleep(600)


def fork(body) -> int:
    """A child that runs `body` and never comes back."""
    pid = os.fork()
    if pid == 0:
        try:
            body()
        finally:
            os._exit(0)
    return pid


def detached(body) -> None:
    """What a daemon does: fork, new session, fork again, and let the one in between go."""

    def between() -> None:
        os.setsid()
        fork(body)

    os.waitpid(fork(between), 0)


def plain_child() -> None:
    fork(lasting)


def grandchild() -> None:
    def child() -> None:
        fork(lasting)
        lasting()

    fork(child)


def orphan() -> None:
    def between() -> None:
        fork(lasting)

    os.waitpid(fork(between), 0)


def setsid() -> None:
    def child() -> None:
        os.setsid()
        lasting()

    fork(child)


def double_fork() -> None:
    detached(lasting)


def double_fork_empty_environment() -> None:
    def body() -> None:
        announce()
        os.execve("/bin/sleep", ["sleep", "600"], {})

    detached(body)


def term_ignored() -> None:
    def child() -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        lasting()

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    fork(child)


def stopped() -> None:
    def child() -> None:
        announce()
        os.kill(os.getpid(), signal.SIGSTOP)
        forever()

    pid = fork(child)
    os.waitpid(pid, os.WUNTRACED)


def subreaper_daemon() -> None:
    def daemon() -> None:
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
        os.waitpid(fork(lambda: fork(lasting)), 0)
        lasting()

    detached(daemon)


def hundred() -> None:
    def child() -> None:
        os.setsid()
        lasting()

    for _ in range(100):
        fork(child)


def kills_its_guardian() -> None:
    guardian = os.getppid()
    detached(lasting)
    wait_for(EXPECTED["kills_its_guardian"] - 1)
    os.kill(guardian, signal.SIGKILL)


def wait_for(count: int) -> None:
    """Until so many have announced themselves: each wrote one line."""
    while True:
        with open(sys.argv[2], "rb") as lines:
            if lines.read().count(b"\n") >= count:
                return
        time.sleep(0.002)


if __name__ == "__main__":
    kind, path, then = sys.argv[1:]
    ANNOUNCED = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    globals()[kind]()
    announce()
    wait_for(EXPECTED[kind])
    print("ready", flush=True)
    if then == "stay":
        forever()
