"""What a step costs beside a bare spawn: guarded alone, and in a whole run with journal, log and trees.

All take turns in one process. What is left after 1,000 guarded steps is counted too.
"""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psutil

from benchmarks.guarded import Guarded, guards
from benchmarks.measure import GATEKEEPER, TRUE, memory, project, rounds, spread, steps_of_true, wall_ms
from gatekeeper.adapters.guard.system import cgroup
from gatekeeper.model.outcome import Exited

_STEPS = 200
_RUNS = 7
_EARLY, _LATE = 100, 1000
_POPEN = "subprocess.Popen"
_POSIX_SPAWN = "os.posix_spawn"


def popen() -> float:
    """Milliseconds a spawn."""
    began = time.perf_counter()
    for _ in range(_STEPS):
        with subprocess.Popen([TRUE]):
            pass
    return (time.perf_counter() - began) * 1e3 / _STEPS


def posix_spawn() -> float:
    """Milliseconds a spawn."""
    began = time.perf_counter()
    for _ in range(_STEPS):
        os.waitpid(os.posix_spawn(TRUE, [TRUE], os.environ), 0)
    return (time.perf_counter() - began) * 1e3 / _STEPS


async def guarded_steps(guarded: Guarded, count: int) -> None:
    """So many commands, one after the other."""
    for _ in range(count):
        end = await guarded.run(TRUE)
        if end.outcome != Exited(0):
            raise SystemExit(f"a guarded `true` ended with {end.outcome}")


def guarded_true(guarded: Guarded) -> float:
    """Milliseconds a step."""
    began = time.perf_counter()
    guarded.go(guarded_steps(guarded, _STEPS))
    return (time.perf_counter() - began) * 1e3 / _STEPS


def whole_runs(one: Path, many: Path) -> float:
    """Milliseconds a step: what many more steps add to a run of one."""
    command = [*GATEKEEPER, "run", "bench"]
    short, long = wall_ms(command, one), wall_ms(command, many)
    return (long - short) / (_STEPS - 1)


def left() -> dict[str, int]:
    """What there is of this process and of the guards that it has, at this moment."""
    own = psutil.Process()
    helpers = own.children(recursive=True)
    everybody = [own, *helpers]
    found = {"orchestrator": own.memory_info().rss >> 10}
    for helper in helpers:
        if helper.status() != psutil.STATUS_ZOMBIE:
            name = {"gk-warden": "warden", "gk-guardian": "guardian or its next leader"}.get(
                helper.name(), helper.name()
            )
            found[name] = max(found.get(name, 0), helper.memory_info().rss >> 10)
    found["zombies"] = sum(one.status() == psutil.STATUS_ZOMBIE for one in helpers)
    found["descriptors"] = sum(one.num_fds() for one in everybody if one.status() != psutil.STATUS_ZOMBIE)
    found["processes"] = len(everybody)
    found["cgroup folders"] = len(cgroup.with_prefix(f"{cgroup.own_group()}/gk-{os.getpid()}_"))
    return found


def endurance() -> None:
    """Print what is there after 100 and after 1,000 steps, and after the end."""
    seen = [left()]
    with guards(only=1) as made:
        ((name, guarded),) = made.items()
        for steps in (_EARLY, _LATE - _EARLY):
            guarded.go(guarded_steps(guarded, steps))
            seen.append(left())
    seen.append(left())
    print(f"\n{name}: largest memory in KiB, and counts, before, after {_EARLY} and {_LATE} steps, and after the end")
    for what in dict.fromkeys(what for one in seen for what in one):
        print(f"  {what:<28}{''.join(f'{one.get(what, 0):>9}' for one in seen)}")


def main() -> None:
    """Print the costs and what is left."""
    with ExitStack() as stack:
        places = {"in memory": memory(), "on the disk": None}
        roots = {
            place: tuple(stack.enter_context(project(steps_of_true(count), within=within)) for count in (1, _STEPS))
            for place, within in places.items()
        }
        subjects = {_POSIX_SPAWN: posix_spawn, _POPEN: popen}
        for name, guarded in stack.enter_context(guards()).items():
            subjects[f"Guard.run, {name}"] = partial(guarded_true, guarded)
        for place, (one, many) in roots.items():
            subjects[f"gatekeeper run, slope, {place}"] = partial(whole_runs, one, many)
        figures = rounds(subjects, _RUNS)
    spread(f"A step of `true`, mean of {_STEPS}", figures, "ms", _POPEN)
    over = {
        f"{name}, over {bare}": [figure - spawn for figure, spawn in zip(figures[name], figures[bare], strict=True)]
        for name in figures
        if name not in {_POSIX_SPAWN, _POPEN}
        for bare in (_POSIX_SPAWN, _POPEN)
    }
    spread("The same over a bare spawn of the same round (aim: 2 ms)", over, "ms")
    endurance()


if __name__ == "__main__":
    main()
