"""How fast all is gone: 1,000 reparented daemons beside a bare cgroup.kill, a deadline, a killed orchestrator."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from benchmarks import witness
from benchmarks.guarded import GRACE_S, Guarded, guards
from benchmarks.measure import spread

_MANY = 1000
_SOME = 100
_RUNS = 5
_HOSTILE = 7
_LIMIT_S = 1.0
_BARE = "bare cgroup.kill"
_ROOT = Path(__file__).parents[1]
_ORCHESTRATOR = _ROOT / "tests" / "situations" / "orchestrator.py"

Figures = defaultdict[str, list[float]]
"""Milliseconds by name."""


def bare_kill(folder: Path, figures: Figures) -> None:
    """One group that is killed by the kernel, by whoever made it and nobody else."""
    with witness.outer_group("bench") as group, witness.watching(folder, _MANY + 1) as watch:
        if group is None:
            return
        command = witness.hostile(str(_MANY), watch.announced, "stay")
        with subprocess.Popen(witness.inside(group, command), stdout=subprocess.DEVNULL):
            watch.wait_until_watching()
            began = time.monotonic()
            (group / "cgroup.kill").write_text("1")
            _, last = watch.ends()
    figures[_BARE].append((last - began) * 1e3)


def many_daemons(name: str, guarded: Guarded, then: str, figures: Figures) -> None:
    """The leader stays and the guard is told to end it at once; or it exits 0, and the guard finds out by itself."""

    async def run(watch: witness.Watching) -> tuple[float, float]:
        running = asyncio.create_task(guarded.run(*witness.hostile(str(_MANY), watch.announced, then)))
        await asyncio.to_thread(watch.wait_until_watching)
        told = time.monotonic()
        if then == "stay":
            await guarded.guard.stop(now=True)
        else:
            await asyncio.to_thread(Path(f"{watch.announced}.go").touch)
        await running
        return told, time.monotonic()

    with witness.watching(guarded.folder, _MANY + 1) as watch:
        told, returned = guarded.go(run(watch))
        leader, last = watch.ends()
    decided, words = (told, "told to kill") if then == "stay" else (leader, "leader exited")
    figures[f"{name}, {words}: all gone"].append((last - decided) * 1e3)
    figures[f"{name}, {words}: Guard.run returned"].append((returned - decided) * 1e3)


def deadline(name: str, guarded: Guarded, figures: Figures) -> None:
    """Six hostile processes and a leader that stays, until the limit."""
    announced = guarded.folder / f"announced.{time.monotonic_ns()}"
    began = time.monotonic()
    guarded.go(guarded.run(*witness.hostile("six", announced, "stay"), timeout_s=_LIMIT_S))
    seconds = time.monotonic() - began
    if any(witness.alive(*one) for one in witness.announced_by(announced)):
        raise SystemExit("benchmark: Guard.run returned, and not all are gone")
    # On a machine so busy that they did not all come up in time, it proved too little.
    if len(witness.announced_by(announced)) == _HOSTILE:
        figures[name].append((seconds - _LIMIT_S - GRACE_S) * 1e3)


def killed_orchestrator(folder: Path, layers: str, figures: Figures) -> None:
    """SIGKILL to the process that the guard lives in, while a step holds daemons."""
    with witness.watching(folder, _SOME + 1) as watch, tempfile.TemporaryDirectory(dir=folder) as run:
        command = witness.hostile(str(_SOME), watch.announced, "stay")
        with subprocess.Popen(
            [sys.executable, str(_ORCHESTRATOR), run, layers, "60", *command],
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
        ) as orchestrator:
            watch.wait_until_watching()
            began = time.monotonic()
            orchestrator.send_signal(signal.SIGKILL)
            _, last = watch.ends()
    figures["every layer" if layers == "cgroup" else "no cgroup"].append((last - began) * 1e3)


def main() -> None:
    """Print one table for each of the three."""
    many, hostile, orchestrator = Figures(list), Figures(list), Figures(list)
    with guards() as made:
        for _ in range(_RUNS):
            for name, guarded in made.items():
                bare_kill(guarded.folder, many)
                for then in ("stay", "exit+"):
                    many_daemons(name, guarded, then, many)
                deadline(name, guarded, hostile)
                killed_orchestrator(guarded.folder, "cgroup" if name == "every layer" else "no-cgroup", orchestrator)
    against = _BARE if _BARE in many else None
    spread(f"{_MANY} reparented daemons (aim: 2 x {_BARE}; without cgroups 100 ms)", many, "ms", against)
    spread("Six hostile processes until 1 s: return after limit and grace (aim: 30 ms)", hostile, "ms")
    spread(f"SIGKILL of the orchestrator: {_SOME} daemons gone (aim: 50 ms)", orchestrator, "ms")


if __name__ == "__main__":
    main()
