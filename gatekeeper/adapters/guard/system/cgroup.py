"""Owns cgroup leaves: where they can be made, joining, killing and removing them. Knows no step and no limit.

A leaf is optional everywhere: whoever cannot have one goes on with the layers that need no permission.
"""

from __future__ import annotations

import os
import time

from gatekeeper.adapters.guard.system import procfs

_PREFIX = "gk-"
_KILL_FILE = "cgroup.kill"
_PAUSE_S = 0.001

ASIDE = "_aside"
"""How the name of the group ends into which a run moves itself to make room for controllers."""


def own_groups() -> dict[str, str]:
    """The folders of the groups that this process is in, by controller of version 1; version 2's under the name "".

    One that cannot be seen from here is left out.
    """
    try:
        with open("/proc/self/cgroup") as lines:
            inside = [line.rstrip("\n").split(":", 2) for line in lines]
        with open("/proc/self/mountinfo") as lines:
            mounts = [line.split() for line in lines]
    except OSError:
        return {}
    paths = {name: path for _, names, path in inside for name in names.split(",")}
    found: dict[str, str] = {}
    for fields in mounts:
        kind, _, options = fields[fields.index("-") + 1 :][:3]
        if kind in ("cgroup", "cgroup2"):
            for name in [""] if kind == "cgroup2" else options.split(","):
                folder = _seen(paths.get(name, ""), procfs.unescaped(fields[3]), procfs.unescaped(fields[4]))
                if folder:
                    found.setdefault(name, folder)
    return found


def own_group() -> str:
    """The folder of the cgroup v2 that this process is in, or empty where there is none or it cannot be seen.

    Where a run has moved itself aside so that controllers can be handed down, it is the group that it came from.
    """
    folder = own_groups().get("", "")
    return os.path.dirname(folder) if is_leaf(folder) and folder.endswith(ASIDE) else folder


def _seen(inside: str, root: str, point: str) -> str:
    if not inside or "/../" in inside + "/":
        return ""
    if root == "/":
        return (point + inside).rstrip("/")
    if inside == root or inside.startswith(root + "/"):
        return (point + inside[len(root) :]).rstrip("/")
    return ""


def usable_parent() -> str:
    """The folder in which leaves can be made that really hold and kill, or empty. Tries it once to be sure."""
    trial = new_leaf(f"{os.getpid()}:probe")
    if not trial:
        return ""
    remove(trial, within_s=0.1)
    return os.path.dirname(trial)


def new_leaf(*parts: str) -> str:
    """Make a leaf that really holds and kills, named by `leaf_name`; its path, or empty where that cannot be."""
    parent = own_group()
    leaf = f"{parent}/{leaf_name(*parts)}"
    if not parent or not os.access(f"{parent}/cgroup.procs", os.W_OK) or not create(leaf):
        return ""
    try:
        # "domain invalid" and "threaded" groups take no processes; kernels before 5.14 cannot kill.
        with open(f"{leaf}/cgroup.type") as kind:
            if kind.read().strip() == "domain" and os.path.exists(f"{leaf}/{_KILL_FILE}"):
                return leaf
    except OSError:
        # A file that is not there is an answer too.
        pass
    remove(leaf, within_s=0.1)
    return ""


def leaf_name(*parts: str) -> str:
    """A name for a leaf, made of parts that may hold any text."""
    text = "-".join(parts)
    return _PREFIX + "".join(c if c.isascii() and (c.isalnum() or c in "-_=+") else "_" for c in text)[:200]


def is_leaf(path: str) -> bool:
    """Whether a path could be one of our leaves, and nobody else's group."""
    return os.path.isabs(path) and "/../" not in path and os.path.basename(path).startswith(_PREFIX)


def create(leaf: str) -> bool:
    """Make a leaf; False where that is refused."""
    try:
        os.mkdir(leaf)
    except OSError:
        return False
    return True


def join(leaf: str) -> None:
    """Put this process into a leaf. Raises `OSError`.

    The kernel lets all its processors pass a quiet moment first, unless somebody else joined some group just before:
    that is what takes 5 to 15 ms on an idle machine, and nothing at all in a loop that tries to measure it.
    """
    descriptor = os.open(f"{leaf}/cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, b"0")
    finally:
        os.close(descriptor)


def fork_into(leaf: str) -> int:
    """`os.fork`, with the child in a leaf from its first moment on, where that can be had. Raises `OSError`.

    For a process with one thread only; see `kernel.fork_into`.
    """
    from gatekeeper.adapters.guard.system import kernel

    try:
        folder = os.open(leaf, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return os.fork()
    try:
        return kernel.fork_into(folder)
    except OSError:
        # Some containers forbid the call that does both at once.
        return _fork_and_join(leaf)
    finally:
        os.close(folder)


def _fork_and_join(leaf: str) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            join(leaf)
        except OSError:
            return pid
    return pid


def with_prefix(prefix: str) -> list[str]:
    """The leaves whose paths begin so."""
    parent, _, beginning = prefix.rpartition("/")
    return [path for path in _below(parent) if os.path.basename(path).startswith(beginning)]


def remove_unowned(parent: str) -> None:
    """Take away the empty leaves of owners that are dead; the pid is what a leaf's name begins with.

    One in which something lives is left to `reap`, which knows from the ledger whether it may be ended.
    """
    for leaf in with_prefix(f"{parent}/{_PREFIX}"):
        owner = os.path.basename(leaf)[len(_PREFIX) :].partition("_")[0]
        if owner.isdecimal() and not os.path.exists(f"/proc/{owner}"):
            remove(leaf, within_s=0.0)


def members(leaf: str) -> list[int]:
    """The living processes in a leaf and in what was made below it."""
    try:
        with open(f"{leaf}/cgroup.procs") as procs:
            found = [int(line) for line in procs]
    except OSError:
        return []
    for below in _below(leaf):
        found.extend(members(below))
    return found


def kill(leaf: str) -> bool:
    """Have the kernel kill everything in a leaf and below it, forks included; False where there is no such leaf."""
    try:
        descriptor = os.open(f"{leaf}/{_KILL_FILE}", os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        os.write(descriptor, b"1")
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)


def remove(leaf: str, within_s: float) -> bool:
    """Take a leaf away, which works only once nothing in it is alive; True when it is gone."""
    until = time.monotonic() + within_s
    while True:
        try:
            os.rmdir(leaf)
        except FileNotFoundError:
            return True
        except OSError:
            for below in _below(leaf):
                remove(below, within_s=0.0)
        else:
            return True
        left = until - time.monotonic()
        if left <= 0:
            return False
        _await_change(leaf, min(left, 0.005))


def _below(leaf: str) -> list[str]:
    try:
        with os.scandir(leaf) as entries:
            return [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _await_change(leaf: str, within_s: float) -> None:
    import select

    try:
        events = os.open(f"{leaf}/cgroup.events", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        # Version 1 has nothing that tells of a change.
        time.sleep(min(within_s, _PAUSE_S))
        return
    try:
        os.read(events, 256)
        poller = select.poll()
        poller.register(events, select.POLLPRI)
        poller.poll(max(1, int(within_s * 1000)))
    except OSError:
        return
    finally:
        os.close(events)
