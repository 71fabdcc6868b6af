"""Owns what a lock file says of its holder, and whether to believe it. Takes no lock."""

import contextlib
import json
import os

from gatekeeper.model.record import NamedTuple


class Holder(NamedTuple):
    """Who took a lock: process and its start (clock ticks after boot, 0 where unknown), since when, for which run."""

    pid: int
    start: int
    since: str
    run: str
    host: str

    def __str__(self) -> str:
        return f"pid {self.pid}, since {self.since}, run {self.run}"


def myself(run: str, now: str) -> Holder:
    """This process as a holder."""
    return Holder(os.getpid(), _start_of(os.getpid()), now, run, os.uname().nodename)


def write_holder(descriptor: int, holder: Holder) -> None:
    """Replace what the lock file says."""
    text = json.dumps(holder._asdict()).encode() + b"\n"
    os.pwrite(descriptor, text, 0)
    os.ftruncate(descriptor, len(text))


def read_holder(descriptor: int) -> Holder | None:
    """Who holds the lock, or None where that cannot be told: the file may still be a dead process's.

    A process on another machine cannot be checked, and is believed.
    """
    # What is written over something longer ends at its newline for a moment.
    text = os.pread(descriptor, 1 << 16, 0).partition(b"\n")[0]
    with contextlib.suppress(ValueError, TypeError, KeyError):
        said = json.loads(text)
        holder = Holder(int(said["pid"]), int(said["start"]), str(said["since"]), str(said["run"]), str(said["host"]))
        if holder.host != os.uname().nodename or _is_alive(holder):
            return holder
    return None


def locking_pid(descriptor: int) -> int | None:
    """The process that holds a lock on this file, as far as the kernel tells."""
    found = os.fstat(descriptor)
    wanted = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}".encode()
    with contextlib.suppress(OSError), open("/proc/locks", "rb") as locks:
        for line in locks:
            fields = line.split()
            # "1: FLOCK ADVISORY WRITE 4711 fe:00:1234 0 EOF"; a waiting one has "->" in between.
            if fields[1] == b"FLOCK" and fields[5] == wanted and int(fields[4]) > 0:
                return int(fields[4])
    return None


def _is_alive(holder: Holder) -> bool:
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return not holder.start or _start_of(holder.pid) in {0, holder.start}


def _start_of(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            # The name of the program stands in parentheses and may hold spaces and parentheses itself.
            return int(stat.read().rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0
