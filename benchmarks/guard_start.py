"""From the start of `gatekeeper guard` to that of its command, and to its end, beside timeout(1) and a bare Python.

Three ways to start it: by its console script, as users do; by the same Python without the script; and by a Python that
is spared its `site` too. What lies between them is what pip's script and `site` cost, not what guard does.
"""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import gatekeeper
from benchmarks.measure import GATEKEEPER, TRUE, side_by_side, table, wall_ms

_RUNS = 101
_BARE = "python -I -S -c pass"
_DIRECTLY = """\
import sys
sys.path.insert(0, sys.argv.pop(1))
sys.argv[0] = "gatekeeper"
from gatekeeper.__main__ import main
main()
"""


def to_command_ms(line: tuple[str, ...]) -> float:
    """Milliseconds until the `date` at the end of `line` tells the time."""
    began = time.time_ns()
    told = subprocess.run([*line, "date", "+%s%N"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return (int(told) - began) / 1e6


def main() -> None:
    """Print both tables."""
    root = Path(gatekeeper.__file__).parents[1]
    python = sys.executable
    bare = partial(wall_ms, (python, "-I", "-S", "-c", "pass"), root)
    guards = {
        "gatekeeper guard, console script": (*GATEKEEPER, "guard", "10"),
        "gatekeeper guard, python -m": (python, "-m", "gatekeeper", "guard", "10"),
        "gatekeeper guard, python -I -S": (python, "-I", "-S", "-c", _DIRECTLY, str(root), "guard", "10"),
        "timeout": ("timeout", "10"),
    }
    started = {_BARE: bare, **{name: partial(to_command_ms, line) for name, line in guards.items()}}
    table("From start to command", side_by_side(started, _RUNS), "ms", _BARE)
    ended = {
        _BARE: bare,
        **{name: partial(wall_ms, (*line, TRUE), root) for name, line in guards.items()},
        "a console script that does nothing": partial(wall_ms, (python, "-c", "import re, sys"), root),
        "true": partial(wall_ms, (TRUE,), root),
    }
    table("From start to end, with a command that does nothing", side_by_side(ended, _RUNS), "ms", _BARE)


if __name__ == "__main__":
    main()
