"""Owns reading lcov's tracefiles, whoever wrote them. Knows no folder; its own counts (LF, LH, BRF, BRH) are not read.

Only DA and BRDA records count. A path may come in several records, of one file or of many (one a test name).
"""

from __future__ import annotations

import re
from typing import BinaryIO

from gatekeeper.adapters.measures.ran import FileRan, Ran
from gatekeeper.model.report import ReportProblem

_LONGEST_LINE = 1 << 20
_RECORD = re.compile(r"[A-Z]{2,10}:")
_NUMBER = re.compile(r"[0-9]{1,9}")
_COUNT = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]+)?(?:[eE]\+?[0-9]{1,3})?")


class _Refused(Exception):
    """A line is not one of a tracefile; the text says why."""


def looks_like_lcov(beginning: bytes) -> bool:
    """Whether a file that begins so is a tracefile."""
    lines = (line for line in beginning.splitlines() if line.strip() and not line.startswith(b"#"))
    first = next(lines, b"")
    return first.startswith((b"TN:", b"SF:"))


def read_lcov(file: BinaryIO, name: str) -> Ran | ReportProblem:
    """What ran according to `file`; `name` is what it is called in problems."""
    reading, number = _Reading(), 0
    while raw := file.readline(_LONGEST_LINE):
        number += 1
        line = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
        try:
            reading.take(line)
        except _Refused as refused:
            return ReportProblem("unreadable", f"{name}:{number}: {line[:60]!r} is not lcov's: {refused}")
    if not reading.ended:
        return ReportProblem("unreadable", f"{name} is cut short: it does not end with an end_of_record")
    return reading.ran


class _Reading:
    """The state of one pass over a tracefile. `ended` tells whether it may end after the last line that was taken."""

    def __init__(self) -> None:
        self.ran = Ran()
        self.ended = False
        self._file: FileRan | None = None

    def take(self, line: str) -> None:
        """Take in one line. Raises `_Refused`."""
        kind, _, record = line.partition(":")
        match kind:
            case "DA" if self._file is not None:
                self._line(self._file, record)
            case "BRDA" if self._file is not None:
                self._branch(self._file, record)
            case "DA" | "BRDA":
                raise _Refused("it stands in no file (SF)")
            case "SF" if self._file is not None:
                raise _Refused("a file begins before the one before it ended")
            case "SF":
                self._file = self.ran.file(record)
            case _ if line.strip() == "end_of_record":
                self._file, self.ended = None, True
                return
            case _ if not line.strip() or line.startswith("#"):
                return
            case _ if not _RECORD.match(line):
                raise _Refused("it is no record")
            case _:
                pass
        self.ended = False

    @staticmethod
    def _line(file: FileRan, record: str) -> None:
        number, count, *_ = [*record.split(","), ""]
        if not _NUMBER.fullmatch(number) or not _COUNT.fullmatch(count):
            raise _Refused("a line number and a count are wanted")
        file.line(int(number), ran=_positive(count))

    def _branch(self, file: FileRan, record: str) -> None:
        # The branch may be named by a text that holds commas; the count is what follows the last one.
        head, _, count = record.rpartition(",")
        number, _, way = head.partition(",")
        if not _NUMBER.fullmatch(number) or "," not in way or (count != "-" and not _COUNT.fullmatch(count)):
            raise _Refused("a line number, a block, a branch and a count are wanted")
        self.ran.branches_measured = True
        file.branch((int(number), way), taken=count != "-" and _positive(count))


def _positive(count: str) -> bool:
    return float(count) > 0
