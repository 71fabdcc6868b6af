"""Owns trying out what cgroups give here: a leaf that holds and kills, and controllers.

Everything that is made is taken away again. Grades nothing.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys

from gatekeeper.adapters.guard.limits.controllers import usable_controllers
from gatekeeper.adapters.guard.system import cgroup
from gatekeeper.model.machine import Controllers, Leaf

_WITHIN_S = 5.0
_WAITS = "import sys; sys.stdin.read()"


def try_leaf() -> Leaf:
    """Make a leaf, put a process into it, have the kernel kill it there, remove it."""
    if not _is_mounted():
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
    """The controllers for memory, processes and processor time by which the guard would hold a step here."""
    found = usable_controllers()
    v2 = tuple(name for name, held_by in found.items() if held_by == "cgroup")
    v1 = tuple(name for name, held_by in found.items() if held_by == "cgroup v1")
    return Controllers(v2, v1)


def _name_of_leaf(parent: str) -> str:
    return f"{parent}/{cgroup.leaf_name(f'{os.getpid()}_doctor')}"


def _is_mounted() -> bool:
    """Whether a cgroup v2 is mounted anywhere that we can see."""
    try:
        with open("/proc/self/mountinfo") as lines:
            return any(" - cgroup2 " in line for line in lines)
    except OSError:
        return False
