"""Owns the process's entry: streams that are there, a clean import path, then the command line. Knows no command."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def _forget_current_folder() -> None:
    """Keep the files of whatever folder one stands in out of our imports.

    ``python -m`` puts the current folder first on the path, and PYTHONPATH may name it: a ``yaml.py`` in a
    repository would then be imported, and run, by its own referee.
    """
    # By its identity, because it can be spelled in many ways, symlinks among them.
    here = _identity(".")
    sys.path[:] = [entry for entry in sys.path if entry and (here is None or _identity(entry) != here)]


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _open_missing_streams() -> None:
    """Put ``/dev/null`` where standard input, output or error was closed.

    The next file to be opened would get the number instead, and whatever is said to the stream would land in it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        opened = os.open(os.devnull, os.O_RDWR)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))


def _leave(code: int) -> NoReturn:
    """End the process at once; everything that must be closed was closed by the command.

    Taking the interpreter down object by object costs some 15 ms, and a thread that hangs in a library could keep it
    from ending at all.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or 3  # what was to be said was not said
    os._exit(code)


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    # Importing makes a hundred thousand objects of which none is garbage; `gatekeeper run` turns this on again.
    gc.disable()
    _open_missing_streams()
    _forget_current_folder()
    try:
        from gatekeeper.cli.main import run
    except KeyboardInterrupt:
        os._exit(130)
    _leave(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
