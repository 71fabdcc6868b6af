"""Owns finding the files that this process's own output goes to, as with `gatekeeper run CYCLE > out.txt`."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator

_STREAMS = (1, 2)


def own_output() -> tuple[str, ...]:
    """Their absolute paths, each once: such a file changes while a run goes on, and no step has done it.

    None where the system does not tell (macOS), or where the output goes to a terminal or a pipe.
    """
    return tuple(dict.fromkeys(_files()))


def _files() -> Iterator[str]:
    for number in _STREAMS:
        with contextlib.suppress(OSError):
            about = os.fstat(number)
            if not stat.S_ISREG(about.st_mode):
                continue
            path = os.readlink(f"/proc/self/fd/{number}")
            # A file that was deleted or replaced since has another's name, or none.
            if os.path.samestat(about, os.stat(path)):
                yield path
