"""A gatekeeper under the eyes of a witness: as root in an outer cgroup, or as an ordinary user who can have none.

Owns starting it, having it run steps, killing it, and counting what is alive around it.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatekeeper.adapters.guard.system import cgroup
from tests.adapters.guard.guard_situations import PATIENCE_S, ROOT, SITUATIONS, eventually
from tests.situations import census
from tests.support import ordinary_user


class NoSuchPlace(Exception):
    """This machine cannot offer it; the text says why."""


@dataclass(frozen=True)
class Place:
    """Whose gatekeeper it is and what it has: `group` is the outer cgroup, or empty; `user` None for our own.

    `folder` belongs to that user. `site` is where it finds the code.
    """

    name: str
    folder: Path
    python: str
    site: Path
    group: str = ""
    user: str | None = None

    @property
    def identity(self) -> dict[str, Any]:
        """Arguments for `subprocess` with which something is this user's."""
        if self.user is None:
            return {}
        owner = pwd.getpwnam(self.user)
        return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}

    def situation(self, name: str) -> str:
        """A program of tests/situations that this user can read."""
        return str(self.site / "tests" / "situations" / name)


@contextmanager
def root_with_cgroup(folder: Path) -> Iterator[Place]:
    """Root, with a cgroup around everything. Raises `NoSuchPlace`."""
    if os.geteuid() != 0:
        raise NoSuchPlace("the column of root needs root")
    parent = cgroup.usable_parent()
    if not parent:
        raise NoSuchPlace("no writable cgroup v2 here")
    group = Path(parent) / f"witness-{os.getpid()}-{time.monotonic_ns()}"
    group.mkdir()
    folder.chmod(0o755)
    try:
        yield Place("root, cgroup", folder, sys.executable, ROOT, group=str(group))
    finally:
        cgroup.kill(str(group))
        assert cgroup.remove(str(group), within_s=PATIENCE_S), f"something lives on in {group}"


@contextmanager
def ordinary_user_without(folder: Path) -> Iterator[Place]:
    """An ordinary user without a cgroup: ourselves, or somebody else where we are root. Raises `NoSuchPlace`."""
    if os.geteuid() != 0:
        yield Place("user, no cgroup", folder, sys.executable, ROOT)
        return
    python = ordinary_user.python_for_everybody()
    if python is None:
        raise NoSuchPlace("there is no Python of this version that every user may run")
    site = folder / "site"
    ordinary_user.copy_gatekeeper(site)
    shutil.copytree(SITUATIONS, site / "tests" / "situations", ignore=shutil.ignore_patterns("__pycache__"))
    ordinary_user.give(folder)
    yield Place("user, no cgroup", folder, python, site, user=ordinary_user.NAME)


PLACES: dict[str, Callable[[Path], AbstractContextManager[Place]]] = {
    "root, cgroup": root_with_cgroup,
    "user, no cgroup": ordinary_user_without,
}


class Orchestrator:
    """A gatekeeper in a process of its own, which may be killed."""

    def __init__(self, place: Place, number: int) -> None:
        self.folder = place.folder / f"run-{number}"
        self._group = f"{place.group}/{number}" if place.group else ""
        if self._group:
            Path(self._group).mkdir()
        self._steps = 0
        outer = (place.python, "-I", "-S", place.situation("outer.py"), self._group or "-")
        environ = {**os.environ, "PYTHONPATH": str(place.site), "HOME": str(place.folder)}
        environ["PATH"] = f"{environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
        self._outer = subprocess.Popen(
            [*outer, place.python, place.situation("witnessed.py"), str(self.folder), self._group or "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environ,
            text=True,
            cwd=place.folder,
            **place.identity,
        )
        self._told: dict[str, Any] | None = None

    @property
    def told(self) -> dict[str, Any]:
        """What it says of itself, once it is up."""
        if self._told is None:
            self._told = self._hear()
        return self._told

    def order(self, argv: tuple[str, ...], announced: Path, timeout_s: float, grace_s: float = 0.05) -> Path:
        """Have it run a command; the file that gets its output."""
        self._steps += 1
        assert self.told
        assert self._outer.stdin is not None
        asked = {
            "label": f"step-{self._steps}",
            "argv": argv,
            "announced": str(announced),
            "timeout_s": timeout_s,
            "grace_s": grace_s,
        }
        self._outer.stdin.write(json.dumps(asked) + "\n")
        self._outer.stdin.flush()
        return self.folder / "output" / f"step-{self._steps}.log"

    def returned(self) -> dict[str, Any]:
        """What the guard returned, and who was alive at that moment."""
        return self._hear()

    def alive(self) -> list[tuple[int, str]]:
        """Who is alive now beside the orchestrator and its helpers."""
        mine = {self._outer.pid, self.told["pid"]}
        return census.alive(self._outer.pid, self._group, mine, self.told["token"])

    def kill(self) -> float:
        """Kill the gatekeeper as the kernel does when memory is short; when that was."""
        at = time.monotonic()
        os.kill(self.told["pid"], 9)
        return at

    def dead(self) -> bool:
        """Whether the gatekeeper is dead, by whatever hand."""
        return not census.lives(self.told["pid"])

    def helpers_gone(self) -> bool:
        """Whether the guard's helpers are gone too."""
        return census.alive(self._outer.pid, self._group, {self._outer.pid}, "") == []

    def close(self) -> None:
        """Let it end, with all that it has; whatever is left then is killed and was somebody's fault."""
        for pipe in (self._outer.stdin, self._outer.stdout):
            if pipe is not None:
                pipe.close()
        try:
            eventually(self.helpers_gone)
        finally:
            left = census.alive(self._outer.pid, self._group, {self._outer.pid}, "")
            for pid, _ in left:
                os.kill(pid, 9)
            self._outer.wait(PATIENCE_S)
            if self._group:
                assert cgroup.remove(self._group, within_s=PATIENCE_S), f"something lives on in {self._group}"

    def _hear(self) -> dict[str, Any]:
        assert self._outer.stdout is not None
        line = self._outer.stdout.readline()
        assert line, "the orchestrator is gone"
        heard: dict[str, Any] = json.loads(line)
        return heard
