"""Owns beginning gatekeeper as somebody's child: it ends, properly, when that one dies, however suddenly."""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_SET_PARENT_DEATH_SIGNAL = 1
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Isolated, so that nothing that lies in the current folder or on its PYTHONPATH is imported in our place.
_BEGIN = "import sys; sys.path.insert(0, sys.argv.pop(1)); from gatekeeper.cli.with_parent import main; main()"


def command(*words: str) -> list[str]:
    """The command line of a gatekeeper that is called with `words` and ends with this process.

    Where the system has no way to tell it of our death (macOS), it runs to its own end then.
    """
    return [sys.executable, "-I", "-c", _BEGIN, _ROOT, str(os.getpid()), *words]


def main() -> NoReturn:
    """Run gatekeeper, which the process of the number in front of its words has called."""
    end_with(int(sys.argv.pop(1)))
    from gatekeeper.__main__ import main as begin

    begin()


def end_with(caller: int) -> None:
    """Have this process told to end (SIGTERM) when its parent, the process `caller`, dies. On macOS it is not told."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != caller:  # it died before we asked to be told
            os._exit(128 + signal.SIGTERM)
