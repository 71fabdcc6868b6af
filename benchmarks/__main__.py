"""Runs every benchmark: ``python -m benchmarks [NAME…]``."""

from __future__ import annotations

import compileall
import os
import platform
import sys
from importlib import import_module
from pathlib import Path

import gatekeeper

NAMES = (
    "start_up",
    "guard_start",
    "hook_latency",
    "per_step",
    "kill_speed",
    "peers",
    "many_steps",
    "until_green",
    "output",
    "reports",
    "judging",
    "patterns",
)


def main() -> None:
    """Run those named on the command line, or all."""
    # Everybody is measured as they run day by day: with the byte code of their modules at hand.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(str(Path(gatekeeper.__file__).parent), quiet=1)
    print(f"Python {platform.python_version()}, {platform.system()} {platform.release()}, {platform.machine()}")
    for name in sys.argv[1:] or NAMES:
        import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
