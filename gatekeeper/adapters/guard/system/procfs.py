"""Owns what /proc tells of processes. Decides nothing, and answers "not there" instead of raising for the dead.

A pid alone names nothing for long: whoever wants to act on what was read here holds on to `Stat.start` (ticks since
boot) as well. Zombies are dead.
"""

from __future__ import annotations

import os
import time

_DEAD = "ZXx"


class Stat:
    """The line /proc/PID/stat. `start` is in clock ticks since boot and never changes while the process lives."""

    __slots__ = ("cpu_ticks", "group", "parent", "pid", "session", "start", "state", "threads")

    def __init__(
        self, pid: int, state: str, parent: int, group: int, session: int, cpu_ticks: int, threads: int, start: int
    ) -> None:
        self.pid = pid
        self.state = state
        self.parent = parent
        self.group = group
        self.session = session
        self.cpu_ticks = cpu_ticks
        self.threads = threads
        self.start = start

    @property
    def alive(self) -> bool:
        """Whether the process can still run code: one whose first thread has ended goes on with the others."""
        return self.state not in _DEAD or self.threads > 1


def read(path: str, limit: int = 1 << 22) -> bytes:
    """The bytes of a file of /proc, at most `limit`; empty where it is gone or forbidden."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        whole = os.read(descriptor, 8192)
        while len(whole) < limit:
            more = os.read(descriptor, 65536)
            if not more:
                break
            whole += more
    except OSError:
        return b""
    else:
        return whole
    finally:
        os.close(descriptor)


def stat(pid: int) -> Stat | None:
    """What the kernel says of a process, or None where there is none."""
    line = read(f"/proc/{pid}/stat")
    # The command stands in parentheses and may hold any byte, parentheses included.
    fields = line[line.rfind(b")") + 2 :].split()
    if len(fields) < 20:
        return None
    return Stat(
        pid,
        fields[0].decode(),
        int(fields[1]),
        int(fields[2]),
        int(fields[3]),
        int(fields[11]) + int(fields[12]),
        int(fields[17]),
        int(fields[19]),
    )


def start_of(pid: int) -> int:
    """The start time of a living process in ticks, or 0."""
    found = stat(pid)
    return found.start if found and found.alive else 0


def is_alive(pid: int, start: int) -> bool:
    """Whether the very process that was seen with this start time is alive."""
    return start != 0 and start_of(pid) == start


def pids() -> list[int]:
    """Every process there is."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def children(pid: int, threads_at_most: int = 2) -> list[int]:
    """The children of all threads of a process, zombies included. Of one with a single thread it takes less time."""
    if not _told_by_kernel():
        return _by_parent().get(pid, [])
    if threads_at_most == 1:
        return [int(one) for one in read(f"/proc/{pid}/task/{pid}/children").split()]
    found: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for thread in threads:
        found.extend(map(int, read(f"/proc/{pid}/task/{thread}/children").split()))
    return found


def _told_by_kernel() -> bool:
    """Whether there are files that list children: kernels without CONFIG_PROC_CHILDREN have none."""
    if not _kernel:
        own = os.getpid()
        _kernel.append(os.access(f"/proc/{own}/task/{own}/children", os.R_OK))
    return _kernel[0]


def _by_parent() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for one in map(stat, pids()):
        if one:
            found.setdefault(one.parent, []).append(one.pid)
    return found


def descendants(pid: int, limit: int = 20_000, within_s: float = 60.0) -> list[Stat]:
    """Everything below a process, parents and older children first, zombies included, as far as time allows.

    At most `limit`; of many children the youngest, because in a storm of forks the older ones have ended. Each was
    seen as the child of one that was still there after it had been asked for its children: a pid that was given to a
    stranger while we looked is not among them.
    """
    until = time.monotonic() + within_s
    everybody = {} if _told_by_kernel() else _by_parent()
    root = stat(pid)
    tree = [root] if root else []
    seen = {pid}
    for parent in tree:
        below = everybody.get(parent.pid, []) if everybody else children(parent.pid, parent.threads)
        if not below or not is_alive(parent.pid, parent.start):
            continue
        born: list[Stat] = []
        for one in reversed(below):
            if len(tree) + len(born) > limit or time.monotonic() > until:
                return [*tree[1:], *reversed(born)]
            child = stat(one)
            if child and child.parent == parent.pid and one not in seen:
                seen.add(one)
                born.append(child)
        tree.extend(reversed(born))
    return tree[1:]


def hold_own_children() -> None:
    """Have `own_children` go on working when no file can be opened any more. Only for a process with one thread."""
    for descriptor in _held.values():
        os.close(descriptor)
    _held.clear()
    own = os.getpid()
    try:
        _held[own] = os.open(f"/proc/{own}/task/{own}/children", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        # Such a kernel (or no descriptor even now): looking through /proc is what is left.
        return


def own_children() -> list[bytes]:
    """The children of this process in digits, the oldest first, zombies included.

    Digits, because in a storm of forks the newest must be signalled before as many numbers could be made of them.
    """
    own = os.getpid()
    if own not in _held:
        return [b"%d" % pid for pid in children(own)]
    whole = b""
    try:
        while more := os.pread(_held[own], 65536, len(whole)):
            whole += more
    except OSError:
        return []
    return whole.split()


_held: dict[int, int] = {}
_kernel: list[bool] = []


def argv(pid: int, limit: int = 512) -> tuple[str, ...]:
    """The command line, cut to `limit` bytes; the name in brackets where there is none, as ``ps`` has it."""
    line = read(f"/proc/{pid}/cmdline", limit)[:limit].rstrip(b"\0")
    if line:
        return tuple(line.decode(errors="replace").split("\0"))
    name = bracketed_name(pid)
    return (name,) if name else ()


def bracketed_name(pid: int) -> str:
    """The name that the kernel has for a process, in brackets; empty where it is gone. Never waits."""
    name = read(f"/proc/{pid}/comm").strip()
    return f"[{name.decode(errors='replace')}]" if name else ""


def environ(pid: int) -> bytes:
    """The environment as it was at exec, with a NUL before and after every entry; empty where it may not be read."""
    return b"\0" + read(f"/proc/{pid}/environ") + b"\0"


def folder(pid: int) -> str:
    """The current folder of a process, or empty."""
    return link(f"/proc/{pid}/cwd")


def pipes(pid: int) -> frozenset[str]:
    """The pipes that a process has open, at whatever descriptor, by names that mean the same in all of /proc."""
    return frozenset(name for name in descriptors(pid).values() if name.startswith("pipe:"))


def link(path: str) -> str:
    """What a symbolic link of /proc says, or empty."""
    try:
        return os.readlink(path)
    except OSError:
        return ""


def wait_channel(pid: int) -> str:
    """The kernel function a process sleeps in, or empty."""
    name = read(f"/proc/{pid}/wchan").decode(errors="replace").strip()
    return "" if name == "0" else name


def listeners() -> dict[int, int]:
    """The inode of every listening TCP socket that can be seen from here, with its port; see `netlink` first."""
    found: dict[int, int] = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in read(table).splitlines()[1:]:
            fields = line.split()
            if len(fields) > 9 and fields[3] == b"0A":
                found[int(fields[9])] = int(fields[1].rpartition(b":")[2], 16)
    return found


def ports(pid: int, listening: dict[int, int]) -> tuple[int, ...]:
    """The ports that a process listens on, out of `listening`."""
    if not listening:
        return ()
    inodes = {int(name[8:-1]) for name in descriptors(pid).values() if name.startswith("socket:[")}
    return tuple(sorted({listening[inode] for inode in inodes if inode in listening}))


def descriptors(pid: int) -> dict[int, str]:
    """The open descriptors of a process and what each of them is, as /proc/PID/fd names it."""
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return {}
    return {int(name): link(f"/proc/{pid}/fd/{name}") for name in names}


def mount_points() -> list[str]:
    """Where something is mounted."""
    lines = (line.split() for line in read("/proc/self/mountinfo").decode(errors="surrogateescape").splitlines())
    return [unescaped(fields[4]) for fields in lines if len(fields) > 4]


def unescaped(field: str) -> str:
    """A path as it is, out of a table of mounts."""
    return field.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")


def boot_id() -> str:
    """The id of this boot of the machine; ticks since boot mean nothing without it."""
    return read("/proc/sys/kernel/random/boot_id").decode().strip()
