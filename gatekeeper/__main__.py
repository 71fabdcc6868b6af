"""Owns the process's entry: streams that are there, a clean import path, then the command line. Knows no command."""

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


def _open_missing_streams() -> None:
    """Put ``/dev/null`` where standard input, output or error was closed.

    The next file to be opened would get the number instead, and whatever is said to the stream would land in it.
    """
    import os

    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        opened = os.open(os.devnull, os.O_RDWR)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))


def main() -> int:
    """Run the command line and return the exit code."""
    _open_missing_streams()
    _forget_current_folder()
    from gatekeeper.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
