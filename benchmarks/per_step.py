"""What a step costs: the slope over 1, 50 and 200 steps of `true` with guard, journal and log, beside a bare spawn."""

from __future__ import annotations

import subprocess
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks.measure import GATEKEEPER, TRUE, project, side_by_side, steps_of_true, table, wall_ms

_COUNTS = (1, 50, 200)
_RUNS = 7


def run_bench(root: Path) -> float:
    """Milliseconds for one whole run."""
    return wall_ms([*GATEKEEPER, "run", "bench"], root)


def bare_spawns(count: int) -> float:
    """Milliseconds for `count` bare spawns of `true`, one after the other."""
    began = time.perf_counter()
    for _ in range(count):
        subprocess.run([TRUE], check=True)
    return (time.perf_counter() - began) * 1e3


def main() -> None:
    """Print whole times and slopes."""
    with ExitStack() as stack:
        roots = {count: stack.enter_context(project(steps_of_true(count))) for count in _COUNTS}
        subjects = {f"gatekeeper, {count} steps": partial(run_bench, root) for count, root in roots.items()}
        subjects["bare spawns, 200"] = partial(bare_spawns, 200)
        figures = side_by_side(subjects, _RUNS)
    table("Whole runs", figures, "ms")
    slope = (figures["gatekeeper, 200 steps"] - figures["gatekeeper, 1 steps"]) / 199
    bare = figures["bare spawns, 200"] / 200
    table("Per step", {"bare spawn": bare, "gatekeeper (slope 1 to 200)": slope}, "ms", "bare spawn")


if __name__ == "__main__":
    main()
