"""Owns handing controllers of cgroup v2 down to the leaves, which a group with processes of its own may not do.

Only the root of all groups may have both. Elsewhere a run that is alone in its group (a scope or a unit with
``Delegate=yes`` is such a place) moves itself aside, into a group beside the leaves, and back at its end. A group in
which anybody else lives, be it the shell that we were called from, is left as it is.
"""

from __future__ import annotations

import os

from gatekeeper.adapters.guard.limits import controllers
from gatekeeper.adapters.guard.system import cgroup, procfs

_PASSES = 10


def hand_down(controller: str, parent: str) -> bool:
    """Have the groups below `parent` get a controller; False where that is refused. To be called by a guardian."""
    if _enable(controller, parent):
        return True
    warden = procfs.stat(os.getppid())
    orchestrator = warden.parent if warden else 0
    if orchestrator <= 1 or is_root(parent) or not ours_alone(parent, orchestrator):
        return False
    return _move(parent, f"{parent}/{_name(orchestrator)}", orchestrator) and _enable(controller, parent)


def ours_alone(parent: str, orchestrator: int) -> bool:
    """Whether nobody is in this very group but a run: its orchestrator and what descends from that."""
    inside = _inside(parent)
    return bool(inside) and inside <= {orchestrator, *(one.pid for one in procfs.descendants(orchestrator))}


def is_root(parent: str) -> bool:
    """Whether this is the root of all groups, the only one that has no type."""
    return not os.path.exists(f"{parent}/cgroup.type")


def come_back() -> None:
    """Undo moving aside, once no leaf is left. To be called by the orchestrator at its end; a no-op elsewhere."""
    own = cgroup.own_groups().get("", "")
    if os.path.basename(own) != _name(os.getpid()):
        return
    parent = os.path.dirname(own)
    control = f"{parent}/cgroup.subtree_control"
    for controller in controllers.names(control):
        controllers.write(control, f"-{controller}")
    for _ in range(_PASSES):
        for pid in _inside(own):
            controllers.write(f"{parent}/cgroup.procs", str(pid))
        if cgroup.remove(own, 0.0):
            return


def _name(orchestrator: int) -> str:
    return cgroup.leaf_name(f"{orchestrator}{cgroup.ASIDE}")


def _enable(controller: str, parent: str) -> bool:
    control = f"{parent}/cgroup.subtree_control"
    if not controllers.write(control, f"+{controller}"):
        return False
    if is_root(parent) or controllers.names(f"{parent}/cgroup.type") == ["domain"]:
        return True
    # Some may be enabled beside processes, and turn the leaves into groups that take no processes at all.
    controllers.write(control, f"-{controller}")
    return False


def _move(parent: str, target: str, orchestrator: int) -> bool:
    cgroup.create(target)
    for _ in range(_PASSES):
        inside = _inside(parent)
        if not inside:
            return True
        if not ours_alone(parent, orchestrator):
            break
        for pid in inside:
            controllers.write(f"{target}/cgroup.procs", str(pid))
    for pid in _inside(target):
        controllers.write(f"{parent}/cgroup.procs", str(pid))
    cgroup.remove(target, 0.0)
    return False


def _inside(group: str) -> set[int]:
    return set(map(int, procfs.read(f"{group}/cgroup.procs").split()))
