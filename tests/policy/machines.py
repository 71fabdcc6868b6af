"""Machines to be diagnosed: one that has everything, and ways to take something away."""

from __future__ import annotations

from typing import Any

from gatekeeper.model.machine import (
    Clock,
    Controllers,
    Cookie,
    Delegation,
    Git,
    GuardTrial,
    Host,
    Kernel,
    Leaf,
    Linux,
    Machine,
    Namespaces,
    Python,
    Room,
    Shells,
    StackDumps,
    StateFolder,
)

FULL = ("cgroup2", "guardian", "subreaper", "cookie", "ledger")
GROUP = "/sys/fs/cgroup/user.slice/user-1000.slice"
_LINUX = Linux(
    leaf=Leaf("works", GROUP),
    delegation=Delegation("systemd-run --user --scope -p Delegate=yes", works=True, detail=GROUP),
    bare=GuardTrial(FULL[1:], "guardian", gone=True),
    cookie=Cookie(found=True),
    namespaces=Namespaces(works=True, tried="unshare --user --map-root-user --pid --fork true"),
    controllers=Controllers(("memory", "pids", "cpu")),
    kernel=Kernel(),
)
BEST = Machine(
    host=Host("linux", "Debian GNU/Linux 12 (bookworm)", "6.1.0-18-amd64", "kim", root=False, systemd=True),
    trial=GuardTrial(FULL, "cgroup2", gone=True),
    state=StateFolder("/home/kim/shop/.gatekeeper", project=True),
    rooms=(Room("runs", "/home/kim/shop/.gatekeeper", 80 << 30, 10_000_000), Room("TMPDIR", "/tmp", 4 << 30)),
    clock=Clock(2026, 0.0, 0.05, synchronised=True),
    git=Git("2.39.5", "/home/kim/shop"),
    shells=Shells("5.2.15(1)-release", "/usr/bin/dash"),
    python=Python("3.11.7", "/home/kim/shop/.venv/bin/python", "0.1.0"),
    dumps=StackDumps("/home/kim/shop/.venv/bin/py-spy", 1),
    linux=_LINUX,
)
MAC = BEST._replace(
    host=Host("darwin", "macOS 15.1", "24.1.0", "kim", root=False),
    trial=GuardTrial(("best-effort",), "best-effort", gone=True),
    clock=Clock(2026, 0.0, 0.05),
    shells=Shells("3.2.57(1)-release", "/bin/sh"),
    linux=None,
)


def without(**changes: Any) -> Machine:
    """The best machine, with answers of the Linux part replaced."""
    return BEST._replace(linux=_LINUX._replace(**changes))
