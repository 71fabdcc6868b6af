"""Owns turning a step's command into an argument list, and what can be wrong with it before it runs."""

from __future__ import annotations

import os
import sys
from functools import lru_cache

from gatekeeper.model.outcome import NotStarted
from gatekeeper.model.plan import Argv, Command, Pairs, ReadyMade, Shell

# Isolated, so that nothing that lies in the step's folder or on its PYTHONPATH is imported in our place.
_READY_MADE = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from gatekeeper.adapters.readymade.program import main; sys.exit(main(sys.argv[1:]))"
)
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def arguments(command: Command, cwd: str, environ: Pairs) -> tuple[str, ...] | NotStarted:
    """What is to be executed, or why it cannot be."""
    match command:
        case Shell(script) if not script.strip():
            return NotStarted("bad-value", "the command is empty: an empty script would pass whatever the code does")
        case Shell(script):
            argv = (*shell(dict(environ).get("PATH", os.defpath)), script)
        case Argv(argv) if not argv or not argv[0]:
            return NotStarted("bad-value", "the command is empty: its first word names no program")
        case Argv(argv):
            pass
        case ReadyMade(kind, options):
            argv = (sys.executable, "-I", "-c", _READY_MADE, _ROOT, kind, options)
    if any("\0" in text for text in argv):
        return NotStarted("bad-value", "the command holds a NUL byte, which no program can be given")
    bad = next((name for name, value in environ if not name or "\0" in name + value or "=" in name), None)
    if bad is not None:
        return NotStarted(
            "bad-value", f"the environment variable {bad!r} has a name or a value no program can be given"
        )
    if "\0" in cwd or not os.path.isdir(cwd):
        there = "is not a folder" if "\0" not in cwd and os.path.exists(cwd) else "is not there"
        return NotStarted("no-such-folder", f"the step is to run in {cwd!r}, which {there}; see its `in:`")
    return argv


@lru_cache(maxsize=16)
def shell(path: str) -> tuple[str, ...]:
    """The shell that strings are given to, as found on the search path `path`."""
    for folder in path.split(os.pathsep):
        # An entry that is relative would mean another shell in every folder.
        if folder.startswith("/") and os.access(f"{folder}/bash", os.X_OK):
            return ("bash", "-euo", "pipefail", "-c")
    return ("sh", "-eu", "-c")
