"""Owns writing a journal: one process, one open file, one chain. Knows no reader and no event in particular.

The writer holds a lock on the open file for its life, so that whoever finds it free knows that the run's process is
gone: no process id can be mistaken for another.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Callable
from typing import NoReturn, Self

from gatekeeper.adapters.journal.codec import VERSION, encode, masked
from gatekeeper.adapters.journal.line import FIRST_PREV, Envelope, digest_of, line_bytes
from gatekeeper.model.errors import JournalError, LockHeld
from gatekeeper.model.events import Entry, Event, IncidentHappened
from gatekeeper.model.incident import IncidentKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.adapters.journal.reserve import Reserve

NAME = "journal.jsonl"
"""The journal's file name in a run's folder."""

# macOS has no fdatasync.
_to_disk: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)


class JournalWriter:
    """Appends events to one journal, each whole or not at all, each carrying the digest of the line before.

    Made by `create` or `reopen`; `close` gives the lock back. `repaired` tells what `reopen` had to mend.
    """

    def __init__(
        self, descriptor: int, path: str, run: str, now: Callable[[], str], mask: Callable[[str], str] | None
    ) -> None:
        self.path = path
        self.run = run
        self.repaired = ""
        self.last_digest = FIRST_PREV
        self._descriptor = descriptor
        self._now = now
        self._mask = mask
        self._seq = 0
        self._size = 0
        self._named = False
        self._reserve: Reserve | None = None
        self._broken = ""

    @classmethod
    def create(cls, folder: str, run: str, now: Callable[[], str], mask: Callable[[str], str] | None = None) -> Self:
        """Begin the journal of a new run in `folder`, which is made (0700) where it is missing.

        `now` gives the wall clock as text. `mask` is put over every text before it is written or handed on.

        Raises:
            JournalError: there is a journal already, or the folder cannot be written.
        """
        path = os.path.join(folder, NAME)
        try:
            os.makedirs(folder, 0o700, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise JournalError(f"{path} is there already: a journal is begun once, and then only added to") from None
        except OSError as fault:
            raise JournalError(f"the journal {path} cannot be created: {fault.strerror}") from fault
        # An empty journal is never closed by others, so nobody can come between opening it and locking it.
        _lock(descriptor, path)
        return cls(descriptor, path, run, now, mask)

    @classmethod
    def reopen(cls, folder: str, now: Callable[[], str], mask: Callable[[str], str] | None = None) -> Self:
        """Go on with the journal in `folder`. What a sudden death tore is mended first, and told as an incident.

        Raises:
            LockHeld: the run is still going on.
            JournalError: there is no journal, it cannot be written, or its end cannot be read.
        """
        from gatekeeper.adapters.journal.tail import mend, read_tail

        path = os.path.join(folder, NAME)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW)
        except OSError as fault:
            raise JournalError(f"the journal {path} cannot be opened: {fault.strerror}") from fault
        try:
            _lock(descriptor, path)
            tail = read_tail(descriptor, path)
            repaired = mend(descriptor, path, tail)
            run = tail.last[0].run if tail.last else os.path.basename(os.path.abspath(folder))
            writer = cls(descriptor, path, run, now, mask)
            if tail.last:
                writer._seq = tail.last[0].seq + 1
                writer.last_digest = digest_of(tail.last[1])
            writer._size = os.fstat(descriptor).st_size
            writer.repaired = repaired
            if repaired:
                writer.append(IncidentHappened(IncidentKind.INTERNAL, repaired), sync=True)
        except OSError as fault:
            os.close(descriptor)
            raise JournalError(f"the journal {path} cannot be mended: {fault.strerror}") from fault
        except BaseException:
            os.close(descriptor)
            raise
        return writer

    def append(self, event: Event, *, sync: bool = False) -> Entry:
        """Write one event and return it as it was stored; with `sync` it is on the disk when this returns.

        Raises:
            JournalError: it is not written, or not whole; the journal still ends with a whole line, or takes no more.
        """
        if self._broken:
            raise JournalError(self._broken)
        if self._mask is not None:
            event = masked(event, self._mask)
        name, data = encode(event)
        time = self._now()
        line = line_bytes(Envelope(VERSION, self._seq, time, self.run, name, data, self.last_digest))
        self._check_untouched()
        self._write(line)
        self._size += len(line)
        entry = Entry(self._seq, time, self.run, event, digest_of(line), line[:-1])
        self._seq += 1
        self.last_digest = entry.digest
        if sync:
            self._sync()
        return entry

    def close(self) -> None:
        """Give the journal free; appending is over."""
        if self._descriptor >= 0:
            if self._reserve is not None:
                with contextlib.suppress(OSError):
                    self._reserve.give_back(self._size)
            os.close(self._descriptor)
            self._descriptor = -1
            self._broken = self._broken or f"the journal {self.path} is closed"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_untouched(self) -> None:
        found = os.fstat(self._descriptor)
        if not found.st_nlink:
            self._give_up("was deleted while the run went on")
        if found.st_size != self._size:
            self._give_up(f"holds {found.st_size} bytes where {self._size} were written: somebody else changed it")

    def _write(self, line: bytes) -> None:
        rest = line
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as fault:
            if len(rest) < len(line):
                self._cut_back()
            room = " There is no room left for it." if fault.errno in {errno.ENOSPC, errno.EDQUOT} else ""
            raise JournalError(
                f"the journal {self.path} cannot be written: {fault.strerror}.{room} A run without a journal proves "
                "nothing, so it stops here."
            ) from fault

    def _cut_back(self) -> None:
        # Another line glued to half a line would make both unreadable.
        try:
            os.ftruncate(self._descriptor, self._size)
        except OSError as fault:
            self._broken = f"the journal {self.path} ends with half a line that cannot be taken back: {fault.strerror}"

    def _sync(self) -> None:
        try:
            _to_disk(self._descriptor)
            if not self._named:
                folder = os.open(os.path.dirname(self.path) or ".", os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)
                self._named = True
            self._keep_room()
        except OSError as fault:
            self._give_up(f"cannot be forced to the disk: {fault.strerror}")

    def _keep_room(self) -> None:
        # Not before the first step has ended: what is imported for it would only be in the way.
        from gatekeeper.adapters.journal.reserve import Reserve

        self._reserve = self._reserve or Reserve(self._descriptor)
        self._reserve.renew(self._size)

    def _give_up(self, why: str) -> NoReturn:
        self._broken = f"the journal {self.path} {why}"
        raise JournalError(self._broken)


def _lock(descriptor: int, path: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LockHeld(f"the run is still going on: its process holds {path}") from None
    except OSError as fault:
        # Some network file systems have no locks; dead runs are then told by their process id alone.
        if fault.errno not in {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS}:
            raise JournalError(f"the journal {path} cannot be locked: {fault.strerror}") from fault
