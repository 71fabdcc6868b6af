"""Owns the time index beside an output file: writing it while the file grows, and finding the time of a line.

``NAME.times`` lies beside ``NAME.log`` and is text. Its first line is ``gatekeeper-times 1 WALL``: the version of the
format, and the wall clock when the attempt began, in nanoseconds since 1970. Each further line is ``OFFSET MICROS``:
by this time since then, on a clock that never jumps, the stored file had grown to this many bytes. Offsets never fall,
entries are at least 10 ms apart (but for the last), and one that was cut short by a crash does not count. Lines of
output between two entries share the time of the later one.
"""

from __future__ import annotations

import os
import time

from gatekeeper.adapters.guard.system import files

APART_S = 0.01
"""How far entries are apart, so that a writer of gigabytes costs next to nothing."""

_MAGIC = b"gatekeeper-times 1 "


def beside(output: str) -> str:
    """Where the time index of this output file lies."""
    return f"{os.path.splitext(output)[0]}.times"


class Timeline:
    """Writes the index of one output file; the first entry makes the file, so that silence leaves none.

    It is a help and no evidence: where the disk does not take it, it ends, and nothing else does.
    """

    __slots__ = ("_descriptor", "_output", "_size", "_started")

    def __init__(self, output: str, started: float) -> None:
        """`started` is when the attempt began, on the monotonic clock."""
        self._output = output
        self._started = started
        self._descriptor = -1
        self._size = 0

    def mark(self, size: int, now: float) -> None:
        """Say that the file has `size` bytes now."""
        if size <= self._size or not self._output:
            return
        self._size = size
        self._write(b"%d %d\n" % (size, (now - self._started) * 1e6))

    def open(self) -> None:
        """Make the file now: whoever moves it away later takes all that is to come along."""
        self._write(b"")

    def close(self) -> None:
        """Nothing comes any more."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._output = ""

    def _write(self, entry: bytes) -> None:
        try:
            if self._descriptor < 0 and self._output:
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
                self._descriptor = files.open_ordinary(beside(self._output), flags)
                entry = _heading(time.time_ns() - int((time.monotonic() - self._started) * 1e9)) + entry
            os.write(self._descriptor, entry)
        except OSError:
            self.close()


class Times:
    """A time index as it was read. `began_ns` is wall-clock time, 0 where there is no index."""

    def __init__(self, began_ns: int = 0, offsets: tuple[int, ...] = (), micros: tuple[int, ...] = ()) -> None:
        self.began_ns = began_ns
        self.offsets = offsets
        self.micros = micros

    def of(self, offset: int) -> float | None:
        """When what stands at `offset` was there, in seconds since the attempt began; None where nobody knows."""
        import bisect

        place = bisect.bisect_right(self.offsets, offset)
        return self.micros[place] / 1e6 if place < len(self.micros) else None

    def moved(self, offsets: list[int]) -> Times:
        """The same for a file in which what was at our offsets stands at these; one below 0 is not in it."""
        kept = [(to, at) for to, at in zip(offsets, self.micros, strict=True) if to >= 0]
        return Times(self.began_ns, tuple(to for to, _ in kept), tuple(at for _, at in kept))

    def write(self, path: str) -> None:
        """Write it whole, for its owner alone. Raises `OSError`."""
        with os.fdopen(files.open_ordinary(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as file:
            file.write(_heading(self.began_ns))
            file.writelines(b"%d %d\n" % entry for entry in zip(self.offsets, self.micros, strict=True))


def read(output: str) -> Times:
    """The time index of an output file, as far as it is readable."""
    try:
        with open(files.open_ordinary(beside(output), os.O_RDONLY), "rb") as file:
            content = file.read()
    except OSError:
        return Times()
    heading, *lines = content.split(b"\n")[:-1] or [b""]
    if not heading.startswith(_MAGIC) or not heading[len(_MAGIC) :].isdigit():
        return Times()
    offsets: list[int] = []
    micros: list[int] = []
    for line in lines:
        offset, _, at = line.partition(b" ")
        if not offset.isdigit() or not at.isdigit() or (offsets and int(offset) < offsets[-1]):
            break
        offsets.append(int(offset))
        micros.append(int(at))
    return Times(int(heading[len(_MAGIC) :]), tuple(offsets), tuple(micros))


def _heading(began_ns: int) -> bytes:
    return b"%s%d\n" % (_MAGIC, began_ns)
