"""From process start to the first step's spawn, and a whole run of one `true` beside pre-commit and nox.

The peers are installed by `peer_tools`, from the package index that pip is set up for.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks.measure import GATEKEEPER, project, side_by_side, steps_of_true, table, wall_ms
from benchmarks.peer_tools import from_pip

_RUNS = 21
_FIVE = """\
gatekeeper: 1
cycle: bench
gates:
  g:
    steps:
      first: {run: [date, +%s%N]}
      second: {run: ["true"]}
      third: {run: ["true"], needs: [first]}
      fourth: {run: ["true"], env: {A: b}}
      fifth: {run: ["true"], timeout: 10s}
"""


def to_first_spawn(root: Path) -> float:
    """Milliseconds from just before gatekeeper is started until its first step ran `date`."""
    began = time.time_ns()
    subprocess.run([*GATEKEEPER, "run", "bench"], cwd=root, stdout=subprocess.DEVNULL, check=True)
    newest = max((root / ".gatekeeper" / "runs").iterdir(), key=lambda run: run.stat().st_mtime_ns)
    stamp = next((newest / "output").glob("g.first.*")).read_text()
    return (int(stamp) - began) / 1e6


def peers(folder: Path) -> dict[str, tuple[list[str], Path]]:
    """Those of pre-commit and nox that can be had: a command line and a project each, with a step that does nothing."""
    hooks, sessions = folder / "hooks", folder / "sessions"
    hooks.mkdir()
    sessions.mkdir()
    (hooks / ".pre-commit-config.yaml").write_text(
        "repos:\n- repo: local\n  hooks:\n"
        "  - {id: noop, name: noop, language: system, entry: 'true', always_run: true, pass_filenames: false}\n"
    )
    subprocess.run("git init -q && git add -A", shell=True, cwd=hooks, check=True)
    (sessions / "noxfile.py").write_text(
        "import nox\n\n@nox.session(venv_backend='none')\ndef noop(session):\n    session.run('true', external=True)\n"
    )
    asked = {
        "pre-commit run": (from_pip("pre-commit"), ["run", "--all-files"], hooks),
        "nox": (from_pip("nox"), ["-s", "noop"], sessions),
    }
    return {name: ([tool, *arguments], folder) for name, (tool, arguments, folder) in asked.items() if tool}


def main() -> None:
    """Print both tables."""
    python = [sys.executable, "-c", "pass"]
    with project(_FIVE) as five, project(steps_of_true(1)) as one, tempfile.TemporaryDirectory() as scratch:
        spawn = side_by_side(
            {
                "python -c pass": lambda: wall_ms(python, five),
                "gatekeeper, to first spawn": lambda: to_first_spawn(five),
            },
            _RUNS,
        )
        table("Process start to first spawn, 5 steps, warm", spawn, "ms", "python -c pass")
        subjects = {"gatekeeper run": partial(wall_ms, [*GATEKEEPER, "run", "bench"], one)}
        for name, (command, folder) in peers(Path(scratch)).items():
            subjects[name] = partial(wall_ms, command, folder)
        table("A whole run of one step that does nothing", side_by_side(subjects, _RUNS), "ms", "gatekeeper run")


if __name__ == "__main__":
    main()
