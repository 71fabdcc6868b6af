"""A step that tries to get away: ``escape.py KIND ANNOUNCED exit|stay|await``.

Every process it makes first writes its pid and start time to the file ANNOUNCED, so that a witness who knows nothing
of how it is held can tell who is alive. When all of them are there, the leader prints ``ready``, and then exits 0 or
stays. With ``await`` it stays too, and those who kill do so once the file ANNOUNCED.go is there: their guardian, and
in the same breath the orchestrator. Needs nothing but the standard library, and runs under ``python -I -S``.
"""

import ctypes
import mmap
import os
import signal
import struct
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
    "five_hundred": 501,
    "leaves_for_the_parent_cgroup": 2,
    "leaves_for_the_root_cgroup": 2,
    "kills_its_guardian": 2,
    "kills_its_guardian_empty_environment": 2,
    "comets": 1,
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
    many(100)


def five_hundred() -> None:
    many(500)


def many(count: int) -> None:
    def daemon() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        lasting()

    for _ in range(count):
        detached(daemon)


def comets() -> None:
    """Twenty of what storm.c has more and faster ones of; ANNOUNCED is the file BEATS there."""
    os.ftruncate(ANNOUNCED, 16)
    beats = mmap.mmap(ANNOUNCED, 16)
    gives_up = time.monotonic() + 60
    turn = os.memfd_create("turn", os.MFD_CLOEXEC)

    def beat() -> None:
        # One after the other: a record lock goes with the process that holds it.
        os.lockf(turn, os.F_LOCK, 0)
        count, _ = struct.unpack("=QQ", beats[:])
        beats[:] = struct.pack("=QQ", count + 1, time.monotonic_ns())
        os.lockf(turn, os.F_ULOCK, 0)

    def comet() -> None:
        while time.monotonic() < gives_up:
            os.setsid()
            beat()
            if os.fork():
                os._exit(0)

    for _ in range(20):
        fork(comet)
    while struct.unpack("=QQ", beats[:])[0] < 60:
        time.sleep(0.002)


def leaves_for_the_parent_cgroup() -> None:
    leave_for(lambda mount, inside: mount + os.path.dirname(inside))


def leaves_for_the_root_cgroup() -> None:
    leave_for(lambda mount, inside: mount)


def leave_for(place) -> None:
    with open("/proc/self/mountinfo") as lines:
        mount = next((line.split()[4] for line in lines if " - cgroup2 " in line), "")
    with open("/proc/self/cgroup") as lines:
        inside = next((line[3:].rstrip("\n") for line in lines if line.startswith("0::")), "")

    def body() -> None:
        # Only root may, and only where there is a cgroup; who may not is a daemon like any other.
        try:
            with open(place(mount, inside) + "/cgroup.procs", "w") as procs:
                procs.write("0")
        except OSError:
            pass
        lasting()

    detached(body)


def kills_its_guardian() -> None:
    guardian = os.getppid()
    detached(lasting)
    wait_for(EXPECTED["kills_its_guardian"] - 1)
    if THEN == "await":
        fork(lambda: kill_all_above(guardian))
    else:
        os.kill(guardian, signal.SIGKILL)


def kill_all_above(guardian: int) -> None:
    orchestrator = parent_of(parent_of(guardian))
    while not os.path.exists(GO):
        time.sleep(0.001)
    os.kill(guardian, signal.SIGKILL)
    os.kill(orchestrator, signal.SIGKILL)


def kills_its_guardian_empty_environment() -> None:
    guardian = os.getppid()
    victims = [guardian]
    if THEN == "await":
        victims.append(parent_of(parent_of(guardian)))
    kill = f"until [ -e '{GO}' ]; do sleep 0.002; done; kill -9 {' '.join(map(str, victims))}; exec sleep 600"

    def body() -> None:
        announce()
        os.execve("/bin/sh", ["sh", "-c", kill], {})

    detached(body)
    if THEN != "await":
        os.close(os.open(GO, os.O_CREAT | os.O_WRONLY, 0o600))
        # A leader that exits before is none that killed its guardian.
        while os.getppid() == guardian:
            time.sleep(0.002)


def parent_of(pid: int) -> int:
    with open(f"/proc/{pid}/stat", "rb") as stat:
        return int(stat.read().rpartition(b")")[2].split()[1])


def wait_for(count: int) -> None:
    """Until so many have announced themselves: each wrote one line."""
    while True:
        with open(sys.argv[2], "rb") as lines:
            if lines.read().count(b"\n") >= count:
                return
        time.sleep(0.002)


if __name__ == "__main__":
    kind, path, THEN = sys.argv[1:]
    GO = f"{path}.go"
    ANNOUNCED = os.open(path, os.O_RDWR | os.O_CREAT | (0 if kind == "comets" else os.O_APPEND), 0o600)
    globals()[kind]()
    if kind != "comets":
        announce()
        wait_for(EXPECTED[kind])
    print("ready", flush=True)
    if THEN != "exit":
        forever()
