"""Time to green: what the rounds after a fix cost beside the steps that they had to run, and what a decision costs.

Twenty steps: one of a second that fails until a fixer that does nothing but mend it has run, two that need it, and
seventeen that have nothing to do with it. Each says what it depends on; then the same without, where all is run again.
"""

from __future__ import annotations

import json
import shutil
import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks.measure import GATEKEEPER, memory, project, spread, wall_ms
from gatekeeper.adapters.definition.loading import load
from gatekeeper.adapters.journal.reading import read
from gatekeeper.model.events import RoundFinished
from gatekeeper.policy.course import Course

_RUNS = 5
_DEPENDANTS, _OTHERS = 2, 17


def definition(*, inputs: bool) -> str:
    """The cycle; its steps say what they depend on, or not."""

    def step(name: str, run: str, reads: str, needs: str = "") -> str:
        more = f", inputs: [{reads}]" * inputs + f", needs: [{needs}]" * bool(needs)
        return f"      {name}: {{run: '{run}'{more}}}\n"

    steps = [step("broken", "sleep 1; grep -q good src/broken", "src/broken")]
    steps += [step(f"needy{number}", "sleep 0.2", "src/broken", "broken") for number in range(_DEPENDANTS)]
    steps += [step(f"other{number}", "sleep 0.2", f"src/other{number}") for number in range(_OTHERS)]
    return (
        "gatekeeper: 1\ncycle: bench\nuntil_green:\n  rounds: 4\n  prove_fix: never\n"
        "  fixer: {run: echo good >src/broken, scope: [src]}\n"
        f"gates:\n  g:\n    steps:\n{''.join(steps)}"
    )


def later_rounds(journal: Path) -> tuple[float, float]:
    """Of the rounds after the first: milliseconds of the rounds, and of the steps that they ran."""
    lines = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]

    def sum_of(event: str) -> float:
        found: list[dict[str, Any]] = [line["data"] for line in lines if line["event"] == event]
        return sum(float(data["duration_s"]) for data in found if data["round"] > 1) * 1e3

    return sum_of("round.finished"), sum_of("step.finished")


def decisions_us(journal: Path, root: Path) -> list[float]:
    """Microseconds to take in each event of the run, with the decision of what is next where a round ended."""
    plan = load(str(root / "gates" / "bench.yaml"), root=str(root))
    course = Course(plan, [step.id for gate in plan.gates for step in gate.steps])
    figures = []
    for entry in read(str(journal)):
        began = time.perf_counter()
        course.apply(entry.event)
        if isinstance(entry.event, RoundFinished):
            course.due()
        figures.append((time.perf_counter() - began) * 1e6)
    return figures


def main() -> None:
    """Print three tables."""
    whole: dict[str, list[float]] = {}
    beside: dict[str, list[float]] = {}
    decisions: list[float] = []
    for name, inputs in (("inputs", True), ("no inputs", False)):
        with project(definition(inputs=inputs), within=memory()) as root:
            (root / "src").mkdir()
            for number in range(_OTHERS):
                (root / "src" / f"other{number}").write_text("fine\n")
            for _ in range(_RUNS):
                (root / "src" / "broken").write_text("bad\n")
                shutil.rmtree(root / ".gatekeeper", ignore_errors=True)
                whole.setdefault(name, []).append(wall_ms([*GATEKEEPER, "run", "bench"], root))
                (journal,) = root.glob(".gatekeeper/runs/*/journal.jsonl")
                rounds, steps = later_rounds(journal)
                beside.setdefault(f"{name}: rounds after the first", []).append(rounds)
                beside.setdefault(f"{name}: the steps that they ran", []).append(steps)
                decisions += decisions_us(journal, root)
    spread("Time to green, 20 steps, one of a second mended once (process start to end)", whole, "ms", "inputs")
    spread("What the later rounds took", beside, "ms", "inputs: the steps that they ran")
    spread("The machine takes an event in and decides", {"an event": decisions}, "us")
    share = statistics.median(beside["inputs: rounds after the first"]) / statistics.median(
        beside["inputs: the steps that they ran"]
    )
    print(f"\nRe-run rounds cost the failing step and its dependants, and {(share - 1) * 100:.1f} %")


if __name__ == "__main__":
    main()
