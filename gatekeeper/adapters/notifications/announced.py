"""Owns what each target was last told of each cycle: one small file, held while it is being told. Knows no delivery."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from datetime import UTC, datetime

from gatekeeper.adapters.disk.small_files import read_own, write_whole
from gatekeeper.policy.announcing import Announced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

VERSION = 1
_FOLDER = "notified"
_LARGEST = 1 << 16


class NewerFormat(Exception):
    """It was written by a newer gatekeeper; the text says which file. It is left as it is."""


class Memory:
    """What one target, by the `key` of it, knows of one cycle. Nobody else may tell it while `hold` holds."""

    def __init__(self, state: str, cycle: str, key: str) -> None:
        of_cycle = hashlib.sha256(cycle.encode()).hexdigest()[:8]
        self._cycle = cycle
        self._folder = os.path.join(state, _FOLDER)
        self.path = os.path.join(self._folder, f"{of_cycle}-{key}.json")

    def hold(self) -> Held | None:
        """Keep others off; None where another holds it at this moment. Raises `OSError`."""
        os.makedirs(self._folder, 0o700, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(f"{self.path}.lock", flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError:
            os.close(descriptor)
            raise
        return Held(descriptor)

    def read(self) -> Announced | None:
        """What is known; None for nothing, and of a file that is none of ours. Raises `NewerFormat`."""
        try:
            found = json.loads(read_own(self.path, _LARGEST))
            version = int(found["v"])
            if version == VERSION:
                return Announced(
                    str(found["state"]), _seconds(found["since"]), _seconds(found["told"]), int(found["times"])
                )
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return None
        if version > VERSION:
            raise NewerFormat(f"{self.path} was written by a newer gatekeeper (version {version} of its format)")
        return None

    def write(self, announced: Announced, shown: str) -> None:
        """Remember, whole or not at all; `shown` is the target in words without its token. Raises `OSError`."""
        content = {
            "v": VERSION,
            "cycle": self._cycle,
            "target": shown,
            "state": announced.state,
            "since": _moment(announced.since),
            "told": _moment(announced.told),
            "times": announced.times,
        }
        write_whole(self.path, f"{json.dumps(content, indent=1)}\n".encode())


class Held:
    """A memory that is held; a context manager that lets go. Its file stays: two of one name could both be held."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
