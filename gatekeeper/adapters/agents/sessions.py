"""Owns what is remembered of agents' sessions: one small file each in ``.gatekeeper/agent/``. Decides nothing.

What cannot be read is as good as not there. What cannot be written raises, so that nobody relies on it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress

from gatekeeper.adapters.disk.small_files import read_small, write_whole
from gatekeeper.policy.agents.stopping import Began, Session

VERSION = 1
KEPT_S = 30 * 86400.0
_FOLDER = "agent"
_LARGEST = 1 << 20
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
_BRIEF = ".brief.md"
_SESSION = ".json"


class SessionFile:
    """What is remembered of the session that its tool calls `session`, for one cycle, below the state folder.

    The state folder is there when something is written.
    """

    def __init__(self, state: str, session: str, cycle: str) -> None:
        self._folder = os.path.join(state, _FOLDER)
        self._base = os.path.join(self._folder, f"{_as_name(session)}.{_as_name(cycle)}")

    @property
    def brief(self) -> str:
        """Where the newest brief for the session lies."""
        return self._base + _BRIEF

    def read(self) -> Session | None:
        """What is remembered; None of a session that nobody has seen yet."""
        try:
            found = json.loads(read_small(self._base + _SESSION, _LARGEST))
            if found["v"] != VERSION:
                return None
            told = tuple((str(tree), str(word)) for tree, word in found["told"])
            began = found["began"]
            return Session(None if began is None else _began(began), told, int(found["blocks"]))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None

    def keep(self, session: Session) -> None:
        """Remember it, whole or not at all, and forget sessions that are over for long. Raises `OSError`."""
        began = session.began
        kept = None if began is None else {**began._asdict(), "failing": dict(began.failing)}
        told = {"v": VERSION, "began": kept, "told": session.told, "blocks": session.blocks}
        write_whole(self._base + _SESSION, f"{json.dumps(told, indent=1)}\n".encode())
        self._forget_old()

    def lay_brief(self, text: str) -> str:
        """Write a brief for the agent; returns where it lies. Raises `OSError`."""
        write_whole(self.brief, text.encode("utf-8", "replace"))
        return self.brief

    def _forget_old(self) -> None:
        oldest = time.time() - KEPT_S
        with suppress(OSError):
            for entry in os.scandir(self._folder):
                with suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_mtime < oldest:
                        os.unlink(entry.path)


def _began(found: dict[str, object]) -> Began:
    failing = found["failing"]
    if not isinstance(failing, dict):
        raise TypeError("no object")
    return Began(str(found["answer"]), str(found["run"]), tuple(_failing(failing)))


def _failing(found: dict[str, list[object]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((step, tuple(map(str, tests))) for step, tests in found.items())


def _as_name(text: str) -> str:
    # The tool chose it: it may be a path, or longer than any name can be.
    return text if _SAFE.fullmatch(text) else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
