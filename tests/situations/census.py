"""Counts who is alive, in ways that the guard does not know: an outer subreaper, an outer cgroup, and heartbeats.

Everything that is started below an outer subreaper stays below it, whatever dies in between; everything that is
started in an outer cgroup stays in it, unless root takes itself out. Zombies count as dead. Reads /proc itself, because
the guard's own reading is under test. Needs nothing but the standard library.
"""

import os
import struct

_PASSES = 3


def alive(outer: int, group: str, spared_pids: set[int], token: str) -> list[tuple[int, str]]:
    """The processes below `outer` or in the cgroup `group` (may be empty) as (pid, command line), but for those spared.

    Spared are some pids, and the helpers of the guard: their command lines end with `token`.
    """
    found: dict[int, str] = {}
    for one in _candidates(outer, group):
        if one in spared_pids or one in found:
            continue
        line = _read(f"/proc/{one}/cmdline").rstrip(b"\0")
        if not (token and line.endswith(b"\0" + token.encode())) and lives(one):
            found[one] = line.replace(b"\0", b" ").decode(errors="replace") or "[?]"
    return sorted(found.items())


def lives(pid: int) -> bool:
    """Whether a process can still run code."""
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    # One whose first thread has ended looks like a zombie, and goes on with the others.
    return len(fields) > 17 and (fields[0] not in b"ZXx" or int(fields[17]) > 1)


def beats(path: str) -> tuple[int, int]:
    """How often a comet was born, and when the last one was, in nanoseconds of the monotonic clock."""
    data = _read(path)
    return struct.unpack("=QQ", data) if len(data) == 16 else (0, 0)


def _candidates(outer: int, group: str) -> list[int]:
    found: list[int] = []
    for _ in range(_PASSES):
        # Those who are on their way from one parent to another may be missed once.
        if group:
            found.extend(_members(group))
        found.extend(_below(outer))
    return found


def _members(group: str) -> list[int]:
    found = [int(line) for line in _read(f"{group}/cgroup.procs").split()]
    try:
        with os.scandir(group) as entries:
            folders = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return found
    for folder in folders:
        found.extend(_members(folder))
    return found


def _below(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            threads = os.listdir(f"/proc/{one}/task")
        except OSError:
            continue
        for thread in threads:
            found.extend(map(int, _read(f"/proc/{one}/task/{thread}/children").split()))
    return found


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
