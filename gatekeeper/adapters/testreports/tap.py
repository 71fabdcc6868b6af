"""Owns reading TAP 13 and 14 as a stream: what a line means at its depth. Knows no files.

Subtests are read in both of their shapes: indented by four before their test point (node, Test::More), and in braces
after it (tap). A test with subtests is a test of its own, and its name stands in front of theirs. What is no TAP is
passed over, as the format wants it; what makes it incomplete (no plan, other numbers, ``Bail out!``) never is.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from gatekeeper.adapters.testreports.fields import LineTooLong, lines, text
from gatekeeper.adapters.testreports.gathering import Gathering
from gatekeeper.adapters.testreports.tap_points import Point, Points
from gatekeeper.adapters.testreports.texts import message
from gatekeeper.model.report import Report, ReportProblem

_POINT = re.compile(r"(?P<not>not )?ok(?:\s+(?P<number>\d{1,9})\b)?(?:\s+(?P<rest>.*))?$")
_PLAN = re.compile(r"1\.\.(?P<last>\d{1,9})(?:\s*#\s*(?P<why>.*))?$")
_VERSION = re.compile(r"TAP version \d+$", re.IGNORECASE)
_BAIL = re.compile(r"Bail out!\s*(?P<why>.*)$", re.IGNORECASE)
_LOOKS = re.compile(rb"^(?:TAP version \d+|1\.\.\d+\b.*|(?:not )?ok \d+\b.*)\r?$", re.MULTILINE)
_ENDS_BLOCK = re.compile(r"(?:not )?ok(?:\s|$)|1\.\.\d+(?:\s|$)|Bail out!")
_DEEPEST = 100


def looks_like_tap(beginning: bytes) -> bool:
    """Whether a file that begins so is TAP, or nothing yet."""
    return not beginning.strip() or _LOOKS.search(beginning) is not None


def read_tap(file: BinaryIO, name: str, root: str = "") -> Report | ReportProblem:
    """The report in `file`; `name` is what it is called in problems, `root` the step's folder."""
    reading = _Reading(name, root)
    try:
        for line in lines(file):
            reading.take(line)
    except LineTooLong as fault:
        return ReportProblem("unreadable", f"{name} {fault}")
    if not reading.seen:
        return ReportProblem("unreadable", f"{name} is not TAP: it has neither a plan nor a test")
    return reading.report()


class _Reading:
    """One stream of lines; `_levels` are the rows of test points that are open, by depth."""

    def __init__(self, name: str, root: str) -> None:
        self.seen = False
        self._into = Gathering(name)
        self._root = root
        self._levels = [Points(self._into, root, top=True)]
        self._yaml: tuple[int, Point] | None = None
        self._noise = 0
        self._cut = False

    def take(self, raw: bytes) -> None:
        """Take in one line."""
        line = text(raw.decode("utf-8", "replace").removeprefix("\ufeff").rstrip()).rstrip()
        said = line.lstrip(" ")
        indent = len(line) - len(said)
        self._cut = not raw.endswith(b"\n") and bool(said) and not said.startswith("#")
        if self._yaml is not None and self._in_yaml(said, indent):
            return
        if said == "---" and (point := self._detailed(indent)) is not None:
            self._yaml = (indent, point)
        elif said:
            self._at(said, indent)

    def report(self) -> Report:
        """All of it."""
        if self._yaml is not None or self._cut:
            self._into.contradict("it is cut short: its last line or block has no end")
        self._close(0)
        self._levels[0].end()
        if self._noise:
            self._into.note(f"lines that are no TAP: {self._noise}")
        return self._into.report()

    def _last(self, depth: int) -> Point | None:
        return self._levels[depth].last if depth < len(self._levels) else None

    def _detailed(self, indent: int) -> Point | None:
        """The point that a block with this indent tells of; Vitest indents by four, where two are meant to be."""
        depth, rest = divmod(indent, 4)
        if rest == 2:
            return self._last(depth)
        return self._last(depth - 1) if rest == 0 and depth == len(self._levels) else None

    def _in_yaml(self, said: str, indent: int) -> bool:
        assert self._yaml is not None
        own, point = self._yaml
        if indent < own and _ENDS_BLOCK.match(said):
            # Or whatever follows would be taken for a part of the block; other texts may lie left of it.
            self._into.contradict("a block of details has no end")
            self._yaml = None
            return False
        if said == "..." and indent == own:
            self._yaml = None
        else:
            point.detail(said, indent)
        return True

    def _at(self, said: str, indent: int) -> None:
        depth, rest = divmod(indent, 4)
        if said.startswith("#"):
            if (point := self._last(depth)) is not None:
                point.comment(said[1:])
        elif said == "}" and not rest and depth + 1 < len(self._levels) and self._levels[depth + 1].braced:
            self._close(depth + 1)
            self._end_braces(depth)
        elif (bail := _BAIL.match(said)) is not None:
            self.seen = True
            self._into.contradict(message(f"it bailed out: {bail['why'] or 'it does not say why'}"))
        elif rest or depth > _DEEPEST or not self._tap(said, depth):
            self._other(said, indent)

    def _other(self, said: str, indent: int) -> None:
        """What is no TAP; Mocha tells so, indented, why a test failed."""
        point = self._levels[-1].last
        if indent > 4 * (len(self._levels) - 1) and point is not None and point.bad:
            point.comment(said)
        else:
            self._noise += not (_VERSION.match(said) or said.startswith("pragma "))

    def _tap(self, said: str, depth: int) -> bool:
        point, plan = _POINT.match(said), _PLAN.match(said)
        if (point is None and plan is None) or depth > len(self._levels):
            return False
        self.seen = True
        if depth == len(self._levels):
            self._levels.append(Points(self._into, self._root))
        if plan is not None:
            self._close(depth)
            self._levels[depth].plan(int(plan["last"]), plan["why"] or "")
        elif point is not None:
            number = point["number"]
            self._add(Point(point["rest"] or "", int(number) if number else None, good=point["not"] is None), depth)
        return True

    def _add(self, point: Point, depth: int) -> None:
        if len(self._levels) > depth + 1:
            self._close(depth + 1)
            if self._levels[depth + 1].braced:
                self._end_braces(depth, closed=False)
            else:
                point.below = self._levels.pop()
        self._levels[depth].add(point)
        if point.opens:
            self._levels.append(Points(self._into, self._root, braced=True))

    def _end_braces(self, depth: int, *, closed: bool = True) -> None:
        below, point = self._levels.pop(), self._levels[depth].last
        assert point is not None
        if below.empty and not closed:
            point.no_brace()
            return
        if not closed:
            self._into.contradict(f"the subtest {message(point.name)!r} has no end")
        point.below = below

    def _close(self, depth: int) -> None:
        """End every row that is deeper than `depth`: no point came that it belongs to."""
        while len(self._levels) > depth + 1:
            if self._levels[-1].braced:
                self._end_braces(len(self._levels) - 2, closed=False)
                continue
            self._into.contradict("it has subtests that belong to no test: it crashed or was cut short")
            self._levels.pop().end("(no test)")
