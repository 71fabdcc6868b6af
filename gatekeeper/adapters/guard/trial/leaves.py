"""Owns trying out what cgroups give here: a leaf that holds and kills, and controllers.

Everything that is made is taken away again. Grades nothing.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys

from gatekeeper.adapters.guard.system import cgroup
from gatekeeper.model.machine import Controllers, Leaf

_WITHIN_S = 5.0
_WAITS = "import sys; sys.stdin.read()"
_LIMITS = {"memory": "memory.max", "pids": "pids.max", "cpu": "cpu.max"}
_LIMITS_V1 = {"memory": "memory.limit_in_bytes", "pids": "pids.max", "cpu": "cpu.cfs_quota_us"}


def try_leaf() -> Leaf:
    """Make a leaf, put a process into it, have the kernel kill it there, remove it."""
    if all(kind != "cgroup2" for kind, *_ in _mounts()):
        return Leaf("not-mounted")
    parent = cgroup.own_group()
    if not parent:
        return Leaf("outside")
    leaf = _name_of_leaf(parent)
    try:
        os.mkdir(leaf)
    except OSError as refused:
        return Leaf("read-only" if refused.errno == errno.EROFS else "refused", parent, refused.strerror or "")
    try:
        return _used(leaf, parent)
    finally:
        cgroup.kill(leaf)
        cgroup.remove(leaf, within_s=1.0)


def _used(leaf: str, parent: str) -> Leaf:
    with open(f"{leaf}/cgroup.type") as file:
        kind = file.read().strip()
    if kind != "domain":
        return Leaf("wrong-type", parent, kind)
    if not os.path.exists(f"{leaf}/cgroup.kill"):
        return Leaf("no-kill", parent)
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", _WAITS], stdin=subprocess.PIPE) as process:
        try:
            with open(f"{leaf}/cgroup.procs", "w") as procs:
                procs.write(str(process.pid))
            cgroup.kill(leaf)
            ended = process.wait(_WITHIN_S)
        except OSError as refused:
            return Leaf("failed", parent, f"a process could not be put into it: {refused.strerror}")
        except subprocess.TimeoutExpired:
            return Leaf("failed", parent, f"cgroup.kill ended nothing within {_WITHIN_S:g} s")
        finally:
            process.kill()
    return Leaf("works", parent) if ended == -9 else Leaf("failed", parent, "the process was not killed in it")


def find_controllers() -> Controllers:
    """The controllers for memory, processes and processor time that a leaf has."""
    parent = cgroup.usable_parent()
    v2 = tuple(name for name, file in _LIMITS.items() if parent and _settable(parent, file))
    v1 = tuple(name for name, file in _LIMITS_V1.items() if (own := _own_v1(name)) and _settable(own, file))
    return Controllers(v2, v1)


def _settable(parent: str, file: str) -> bool:
    """Whether a group made in `parent` has this file, and we may write to it."""
    trial = _name_of_leaf(parent)
    if not cgroup.create(trial):
        return False
    try:
        return os.access(f"{trial}/{file}", os.W_OK)
    finally:
        cgroup.remove(trial, within_s=1.0)


def _own_v1(controller: str) -> str:
    """The folder of our own group in the v1 hierarchy of a controller, or empty."""
    try:
        with open("/proc/self/cgroup") as lines:
            groups = [line.rstrip("\n").split(":", 2) for line in lines]
    except OSError:
        return ""
    inside = next((path for _, names, path in groups if controller in names.split(",")), "")
    for kind, root, point, options in _mounts():
        if inside and kind == "cgroup" and controller in options:
            # A container may see the whole hierarchy, or only its own part of it.
            below = f"{point}{inside.removeprefix(root.rstrip('/'))}".rstrip("/")
            return below if os.path.isdir(below) else point
    return ""


def _name_of_leaf(parent: str) -> str:
    return f"{parent}/{cgroup.leaf_name(f'{os.getpid()}_doctor')}"


def _mounts() -> list[tuple[str, str, str, list[str]]]:
    """Kind, root, mount point and the file system's own options of everything that is mounted."""
    try:
        with open("/proc/self/mountinfo") as lines:
            fields = [line.split() for line in lines]
    except OSError:
        return []
    found = []
    for each in fields:
        at = each.index("-")
        found.append((each[at + 1], each[3], each[4], each[at + 3].split(",")))
    return found
