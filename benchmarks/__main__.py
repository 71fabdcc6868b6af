"""Runs every benchmark: ``python -m benchmarks [NAME…]``."""

from __future__ import annotations

import platform
import sys
from importlib import import_module

NAMES = ("start_up", "per_step", "many_steps", "output")


def main() -> None:
    """Run those named on the command line, or all."""
    print(f"Python {platform.python_version()}, {platform.system()} {platform.release()}, {platform.machine()}")
    for name in sys.argv[1:] or NAMES:
        import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
