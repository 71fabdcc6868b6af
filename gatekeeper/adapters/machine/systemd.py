"""Owns asking systemd for a cgroup of one's own, and not believing it. Grades nothing."""

from __future__ import annotations

import os
import shutil
import sys

from gatekeeper.adapters.machine.asking import said_by
from gatekeeper.model.machine import Delegation

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
_WITHIN_S = 5.0
_LOOKS = (
    "import sys; sys.path.append(sys.argv[1]); from gatekeeper.adapters.guard.system import cgroup;"
    " print(cgroup.usable_parent())"
)


def try_delegation(*, root: bool) -> Delegation:
    """Ask for a scope with a group of its own, and look from inside whether leaves can be made there."""
    if not os.path.isdir("/run/systemd/system"):
        return Delegation("", works=False, detail="systemd does not manage this system")
    if shutil.which("systemd-run") is None:
        return Delegation("", works=False, detail="there is no systemd-run")
    command = ("systemd-run", *(() if root else ("--user",)), "--scope", "-p", "Delegate=yes")
    inside = (sys.executable, "-I", "-S", "-c", _LOOKS, _ROOT)
    _, said, why = said_by(*command, "--quiet", "--", *inside, within_s=_WITHIN_S)
    detail = said or (why.splitlines() or ["no leaf can be made in the scope"])[-1]
    return Delegation(" ".join(command), works=bool(said), detail=detail)
