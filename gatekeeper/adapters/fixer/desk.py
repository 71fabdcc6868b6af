"""Owns the papers of a call of the fixer, in the run's folder: its brief, its usage, its notes (port `Desk`)."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress

from gatekeeper.adapters.fixer.outputs import seen_of
from gatekeeper.engine.fixer_ports import Laid, Undoing
from gatekeeper.model.errors import EnvironmentFault
from gatekeeper.model.events import StepFinished
from gatekeeper.model.plan import StepId
from gatekeeper.policy.brief.gathering import SeenOutput
from gatekeeper.policy.brief.making import Brief
from gatekeeper.policy.fixer_notes import LARGEST as LARGEST_NOTE
from gatekeeper.policy.fixer_notes import MOST_FILES
from gatekeeper.policy.fixer_usage import LARGEST as LARGEST_USAGE
from gatekeeper.policy.masking import Masker


class FixerDesk:
    """``fixer/<call>/`` in a run's `folder`. `masker` hides secrets in outputs, and in what the fixer leaves."""

    def __init__(self, folder: str, masker: Masker) -> None:
        self._folder = folder
        self._masker = masker

    async def seen(self, failing: tuple[StepFinished, ...]) -> Mapping[StepId, SeenOutput]:
        """What matters of the outputs and dossiers of failing steps; what cannot be read is left out."""
        from anyio import to_thread

        return await to_thread.run_sync(lambda: seen_of(self._folder, failing, self._masker))

    def lay(self, call: int, brief: Brief) -> Laid:
        """Write the papers of a call, for nobody else to read. Raises `EnvironmentFault`."""
        place = self._place(call)
        try:
            # Of a call that never began because gatekeeper died before.
            shutil.rmtree(place, ignore_errors=True)
            os.makedirs(f"{place}/notes", mode=0o700)
            os.chmod(place, 0o700)
            _write(f"{place}/brief.md", _bytes(brief.markdown))
            _write(f"{place}/brief.json", _bytes(brief.json))
        except OSError as fault:
            raise EnvironmentFault(f"the fixer's brief cannot be written to {place}: {fault.strerror}") from None
        environment = (
            ("GATEKEEPER_BRIEF", f"{place}/brief.md"),
            ("GATEKEEPER_BRIEF_JSON", f"{place}/brief.json"),
            ("GATEKEEPER_USAGE", f"{place}/usage.json"),
            ("GATEKEEPER_NOTES", f"{place}/notes"),
        )
        digest = hashlib.sha256(_bytes(brief.markdown)).hexdigest()
        return Laid(environment, f"fixer/{call}/brief.md", f"sha256:{digest}")

    def undoing(self, call: int) -> Undoing:
        """How to undo what this call did; where its brief is gone, nothing is certain to be of this call."""
        place = self._place(call)
        try:
            since_ns = os.lstat(f"{place}/brief.json").st_ctime_ns
        except OSError:
            since_ns = sys.maxsize
        return Undoing(f"{place}/undone", since_ns)

    def usage(self, call: int) -> bytes | None:
        """What it wrote of its usage, up to a byte more than it may be; None where there is no such file."""
        return self._taken_in(f"{self._place(call)}/usage.json", LARGEST_USAGE)

    def notes(self, call: int) -> tuple[tuple[str, bytes | None], ...]:
        """The notes that it left, by name; one that is larger than it may be ends a byte beyond that."""
        folder = f"{self._place(call)}/notes"
        try:
            if os.path.islink(folder):
                return ()
            names = sorted(name for name in os.listdir(folder) if name.endswith(".md"))
        except OSError:
            return ()
        read = [(name, self._taken_in(os.path.join(folder, name), LARGEST_NOTE)) for name in names[:MOST_FILES]]
        # What is not going to be looked at is only counted.
        for name in names[MOST_FILES:] if self._masker else ():
            _remove(os.path.join(folder, name))
        return (*read, *((name, None) for name in names[MOST_FILES:]))

    def _taken_in(self, path: str, largest: int) -> bytes | None:
        """As `_read`. Where that holds a secret, the file is from now on what was read of it, without the secret."""
        content = _read(path, largest)
        if content is None or not self._masker:
            return content
        cut = len(content) > largest
        masked = self._masker.mask(content.decode("utf-8", "surrogateescape"), cut=cut)
        hidden = masked.encode("utf-8", "surrogateescape")
        if cut or hidden != content:
            _remove(path)
            with suppress(OSError):
                _write(path, hidden)
        return content

    def _place(self, call: int) -> str:
        return os.path.join(self._folder, "fixer", str(call))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _write(path: str, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(content)


def _remove(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)


def _read(path: str, largest: int) -> bytes | None:
    """A regular file's bytes, at most one more than `largest`; whoever wrote it may have put anything there."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return file.read(largest + 1)
    return None
