"""Owns writing an output file anew as it is to be stored: head and tail, without secrets, with its times moved along.

Knows nothing of processes, and nothing of when that has to be done.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from gatekeeper.adapters.guard.output.timeline import Times
from gatekeeper.adapters.guard.system import files
from gatekeeper.policy.redaction import MASK, Redaction

_STEP = 1 << 20


def secrets_in(source: int, start: int, end: int, redaction: Redaction) -> Iterator[tuple[int, int]]:
    """Where secrets lie between two places of a file: ascending, none overlapping another. Raises `OSError`."""
    pending: tuple[int, int] | None = None
    for at in range(start, end, _STEP) if redaction else ():
        # What begins in this step is seen to its end; what begins later is seen again.
        text = os.pread(source, min(_STEP + redaction.reach, end - at), at)
        for first, last in redaction.spans(text):
            found = (at + first, at + last)
            if first >= _STEP:
                break
            if pending is not None and found[0] < pending[1]:
                pending = (pending[0], max(found[1], pending[1]))
                continue
            if pending is not None:
                yield pending
            pending = found
    if pending is not None:
        yield pending


class Copy:
    """A file that is being written anew at `path`, from parts of an open one. All raise `OSError`."""

    def __init__(self, source: int, path: str, times: Times) -> None:
        self._source = source
        self._path = path
        self._times = times
        self._offsets: list[int] = []
        self._size = 0
        self.descriptor = files.open_ordinary(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)

    def part(self, start: int, end: int, secrets: Iterator[tuple[int, int]]) -> None:
        """Go on with this part of the source, of which `secrets` tells where some lie in it and around it."""
        # The first entry of what is left out is that of the line which was cut.
        told = len(self._offsets)
        self._pass_times(start, lambda _: self._size if len(self._offsets) == told else -1)
        at = start
        for first, last in secrets:
            if first >= end:
                break
            if last > start:
                self._take(at, first)
                at = min(last, end)
                self.text(MASK)
                self._pass_times(at, lambda _: self._size)
        self._take(at, end)

    def text(self, text: bytes) -> None:
        """Go on with words of ours."""
        rest = memoryview(text)
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]
        self._size += len(text)

    def times(self) -> Times:
        """The times of what was taken over."""
        return self._times.moved([*self._offsets, *[-1] * (len(self._times.offsets) - len(self._offsets))])

    def give_up(self) -> None:
        """Leave nothing of it."""
        os.close(self.descriptor)
        os.unlink(self._path)

    def _take(self, at: int, end: int) -> None:
        while at < end:
            chunk = os.pread(self._source, min(end - at, _STEP), at)
            if not chunk:
                break
            moved = self._size - at
            self.text(chunk)
            at += len(chunk)
            self._pass_times(at, lambda offset, moved=moved: offset + moved)  # type: ignore[misc]  # a bound value

    def _pass_times(self, until: int, to: Callable[[int], int]) -> None:
        """Say of the entries up to a place of the source where they are now; below 0 where they are not any more."""
        offsets = self._times.offsets
        while len(self._offsets) < len(offsets) and offsets[len(self._offsets)] <= until:
            self._offsets.append(to(offsets[len(self._offsets)]))
