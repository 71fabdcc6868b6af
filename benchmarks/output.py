"""1 GB of output captured, beside the shell's own redirection to a file."""

from __future__ import annotations

import json
import resource
import subprocess
import time
from pathlib import Path

from benchmarks.measure import GATEKEEPER, cpu_s, project, side_by_side, table

_WRITE = "head -c 1000000000 /dev/zero"
_DEFINITION = f"gatekeeper: 1\ncycle: bench\ngates:\n  g:\n    steps:\n      s: {{run: '{_WRITE}'}}\n"
_GB = 1.0


def redirected(folder: Path) -> float:
    """GB/s of ``cmd > file``."""
    target = folder / ".gatekeeper" / "plain"
    began = time.perf_counter()
    subprocess.run(f"{_WRITE} > {target}", shell=True, check=True)
    seconds = time.perf_counter() - began
    target.unlink()
    return _GB / seconds


def captured(folder: Path) -> float:
    """GB/s of the same command as a step: by the duration that the journal tells, from spawn to the leader's end."""
    subprocess.run([*GATEKEEPER, "run", "bench"], cwd=folder, stdout=subprocess.DEVNULL, check=True)
    newest = max((folder / ".gatekeeper" / "runs").iterdir(), key=lambda run: run.stat().st_mtime_ns)
    events = [json.loads(line) for line in (newest / "journal.jsonl").read_text().splitlines()]
    seconds = next(event["data"]["duration_s"] for event in events if event["event"] == "step.finished")
    for output in (newest / "output").iterdir():
        output.unlink()
    return _GB / float(seconds)


def main() -> None:
    """Print throughput, and what our own processes took beside the command's."""
    with project(_DEFINITION) as root:
        captured(root)
        figures = side_by_side(
            {"cmd > file": lambda: redirected(root), "gatekeeper": lambda: captured(root)}, runs=5, warm_up=1
        )
        table("1 GB of output", figures, "GB/s", "cmd > file")
        before = cpu_s(resource.getrusage(resource.RUSAGE_CHILDREN))
        redirected(root)
        between = cpu_s(resource.getrusage(resource.RUSAGE_CHILDREN))
        captured(root)
        after = cpu_s(resource.getrusage(resource.RUSAGE_CHILDREN))
    table("CPU, the command's own included", {"cmd > file": between - before, "gatekeeper": after - between}, "s")


if __name__ == "__main__":
    main()
