"""A plan of 10,000 steps: planned cold and warm, then run, with its peak memory."""

from __future__ import annotations

import shutil
import time

from benchmarks.measure import GATEKEEPER, TRUE, peak_mib, project, table, wall_ms

_NUMBERS = ", ".join(f'"{number}"' for number in range(100))
_DEFINITION = f"""\
gatekeeper: 1
cycle: bench
gates:
  g:
    steps:
      s:
        run: ['{TRUE}']
        matrix: {{a: [{_NUMBERS}], b: [{_NUMBERS}]}}
"""


def main() -> None:
    """Print one table."""
    with project(_DEFINITION) as root:
        plan = [*GATEKEEPER, "plan", "bench", "--format", "json"]
        cold, warm = [], []
        for _ in range(5):
            shutil.rmtree(root / ".gatekeeper", ignore_errors=True)
            cold.append(wall_ms(plan, root))
            warm.append(min(wall_ms(plan, root) for _ in range(3)))
        began = time.perf_counter()
        memory = peak_mib([*GATEKEEPER, "run", "bench"], root)
        seconds = time.perf_counter() - began
    table("gatekeeper plan, 10,000 steps (process start to end)", {"cold": min(cold), "warm": min(warm)}, "ms")
    table("gatekeeper run, 10,000 steps", {"per step": seconds * 1e3 / 10_000}, "ms")
    table("Peak memory of that run", {"gatekeeper": memory}, "MiB")


if __name__ == "__main__":
    main()
