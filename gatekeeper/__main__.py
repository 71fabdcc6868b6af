"""Owns the process's entry: a clean import path first, then the command line. Knows no command."""

from __future__ import annotations

import sys


def _forget_current_folder() -> None:
    """Keep the files of whatever folder one stands in out of our imports.

    ``python -m`` puts the current folder first on the path, and PYTHONPATH may name it: a ``yaml.py`` in a
    repository would then be imported, and run, by its own referee.
    """
    import os

    try:
        here = os.getcwd()
    except OSError:
        here = ""
    sys.path[:] = [entry for entry in sys.path if entry not in {"", ".", here}]


def main() -> int:
    """Run the command line and return the exit code."""
    _forget_current_folder()
    from gatekeeper.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
