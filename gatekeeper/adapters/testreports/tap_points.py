"""Owns what test points of TAP mean and add up to: directives, details, plans, subtests. Knows no lines, no files."""

from __future__ import annotations

import re

from gatekeeper.adapters.testreports.fields import test_id
from gatekeeper.adapters.testreports.gathering import Gathering, relative, seconds
from gatekeeper.adapters.testreports.texts import first_lines, message, place_in
from gatekeeper.model.report import ReportedTest, TestOutcome

_LINES_KEPT = 30
_LINE_KEPT = 1000
_DIRECTIVE = re.compile(r"(?:^|\s)#\s*(?P<word>todo\b|skip\w*)[:\s]*(?P<why>.*)$", re.IGNORECASE)
_TIME = re.compile(r"\s#\s*time=(?P<time>[\d.]+)(?P<unit>ms|s)?(?=\s|$)")
_BATS_TIME = re.compile(r" in (?P<time>\d+(?:\.\d+)?)\s?(?P<unit>ms|s|sec)$")
_KEY = re.compile(r"(?P<key>message|error|duration_ms|at|location|stack|operator|expected|actual):\s*(?P<value>.*)$")
_AT = re.compile(r"\bline: *(?P<line>\d+)\b.*\bfile: *['\"]?(?P<file>[^\s'\"]+)")
_BATS_PLACE = re.compile(r"in (?:test )?file (?P<file>[^\n]+?), line (?P<line>\d+)\)")
_PERL_PLACE = re.compile(r"^\s*at (?P<file>\S+) line (?P<line>\d+)\.?$", re.MULTILINE)
_ENDING_PLACE = re.compile(r"(?:file://)?(?P<file>(?!node:)[^\s()'\":]+):(?P<line>\d+)(?::\d+)?\)?['\"]?$")
_SUMMARY = re.compile(r"\s*(?:Subtest: |(?:tests|suites|pass|fail|skip|skipped|todo|cancelled|duration_ms) +[\d.]+$)")
_SKIP = re.compile(r"^skip\w*[:\s]*", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([\\#])")


class Point:
    """One ``ok`` or ``not ok``, with what follows it."""

    def __init__(self, rest: str, number: int | None, *, good: bool) -> None:
        self.good, self.number = good, number
        self.duration_s: float | None = None
        self.opens = rest.endswith("{") and rest[-2:] in {" {", "{"}
        self._brace = " {" if self.opens else ""
        rest = rest.removesuffix("{").rstrip() if self.opens else rest
        if (time := _TIME.search(rest)) is not None:
            self._took(time)
            rest = rest[: time.start()] + rest[time.end() :]
        directive = _DIRECTIVE.search(rest)
        self.todo = directive is not None and directive["word"].lower() == "todo"
        self.skip = directive is not None and not self.todo
        self.why = directive["why"].strip("- ") if directive is not None else ""
        name = rest[: directive.start()] if directive is not None else rest
        if (time := _BATS_TIME.search(name)) is not None:
            self._took(time)
            name = name[: time.start()]
        self.name = _ESCAPED.sub(r"\1", name.strip().removeprefix("- ").removeprefix("-").strip())
        self.below: Points | None = None
        self._said: list[str] = []
        self._details: dict[str, list[str]] = {}
        self._block: tuple[str, int] | None = None

    def _took(self, time: re.Match[str]) -> None:
        took = seconds(time["time"])
        self.duration_s = took if took is None or time["unit"] != "ms" else took / 1000

    @property
    def bad(self) -> bool:
        """Whether it speaks against the code: bats writes ``not ok # SKIP`` for what it skipped."""
        return not self.good and not self.todo and not self.skip

    def no_brace(self) -> None:
        """What looked like the beginning of its subtests was the end of its name."""
        self.name, self.opens = self.name + self._brace, False

    def comment(self, said: str) -> None:
        """A diagnostic line after it."""
        if len(self._said) < _LINES_KEPT and _SUMMARY.match(said) is None:
            self._said.append(said[:_LINE_KEPT])

    def detail(self, said: str, indent: int) -> None:
        """A line of its YAML block; read for a few keys, by no more of YAML than their values need."""
        if self._block is not None:
            key, own = self._block
            if indent > own or not said:
                if len(self._details[key]) < _LINES_KEPT:
                    self._details[key].append(said[:_LINE_KEPT])
                return
            self._block = None
        if (found := _KEY.match(said)) is None or found["key"] in self._details:
            return
        key, value = found["key"], found["value"].strip()
        if not value and key != "at":
            return  # what it holds has keys of its own, such as the message of an error
        block = value[:1] in {"|", ">"} or not value
        self._details[key] = [] if block else [value[:_LINE_KEPT].strip("'\"")]
        self._block = (key, indent) if block else None
        if key == "duration_ms" and (took := seconds(value)) is not None:
            self.duration_s = took / 1000

    def tested(self, home: str, number: int, root: str, *, covered: bool) -> ReportedTest:
        """The point as it is handed on. `covered` is a subtest of a TODO, whose failures are expected with it."""
        outcome: TestOutcome
        match (self.skip, self.todo or (covered and not self.good), self.good):
            case (True, _, _):
                outcome = "skipped"
            case (_, True, good):
                outcome = "xpassed" if good else "xfailed"
            case (_, _, good):
                outcome = "passed" if good else "failed"
        found = test_id(home, relative(self.name, root) or f"(test {number})")
        took = self.duration_s if self.below is None else None  # else it would count twice
        place = self._place(root) if outcome != "passed" else ""
        # So is told of a file that could not be loaded, or that failed outside of its tests (node, Vitest).
        file = place.rpartition(":")[0]
        loaded = outcome != "failed" or self.below is not None or not file or file != relative(self.name, root)
        if outcome == "passed":
            return ReportedTest(found, outcome, duration_s=took)
        told = message(self.why) if outcome != "failed" else ""
        told = told or self._words(failed=outcome == "failed")
        if not told and self.below is not None and self.below.bad:
            told = f"subtests that failed: {self.below.bad}"
        said: TestOutcome = outcome if loaded else "error"
        return ReportedTest(found, said, told, place, 1, took, collected=loaded)

    def _words(self, *, failed: bool) -> str:
        for key in ("error", "message"):
            if told := first_lines(self._detail(key)):
                return told
        if not failed:
            return ""  # the comments that follow are about something else
        compared = [f"{key}: {said}" for key in ("operator", "expected", "actual") if (said := self._detail(key))]
        return message(", ".join(compared)) or first_lines("\n".join(self._said))

    def _place(self, root: str) -> str:
        at = " ".join(self._detail("at").splitlines())
        said = "\n".join((*self._said, self._detail("message")))
        stack = place_in(self._detail("stack") or said)
        found = _ENDING_PLACE.search(at) or _AT.search(at)
        if found is None and stack:
            return relative(stack, root)
        found = found or _ENDING_PLACE.search(self._detail("location"))
        found = found or _BATS_PLACE.search(said) or _PERL_PLACE.search(said)
        return f"{relative(found['file'], root)}:{found['line']}" if found is not None else ""

    def _detail(self, key: str) -> str:
        return "\n".join(self._details.get(key, ()))


class Points:
    """The test points of one depth, in a row, and their plan."""

    def __init__(self, into: Gathering, root: str, *, top: bool = False, braced: bool = False) -> None:
        self.braced = braced
        self.last: Point | None = None
        self._into, self._root, self._top = into, root, top
        self._points: list[Point] = []
        self._count = self._bad = 0
        self._plan: int | None = None
        self._why = ""
        self._straight = 0
        self._others: set[int] = set()
        self._problems: list[str] = []

    @property
    def empty(self) -> bool:
        """Whether nothing was read at this depth."""
        return not self._count and self._plan is None

    @property
    def bad(self) -> int:
        """How many of its points speak against the code."""
        return self._bad

    def plan(self, last: int, why: str) -> None:
        """Take in a plan, of which there may be one."""
        if self._plan is not None:
            self._problems.append("a second plan")
        self._plan, self._why = last, message(_SKIP.sub("", why))

    def add(self, point: Point) -> None:
        """Take in a point, after which nothing is added to the one before."""
        self._count += 1
        number = point.number if point.number is not None else self._count
        if number == self._straight + 1:
            self._straight = number
        elif 0 < number <= self._straight or number in self._others:
            self._problems.append(f"the number {number} twice")
        else:
            self._others.add(number)
        if self._top and self._points:
            self._hand_on(self._points.pop(), "", covered=False)
        self._points.append(point)
        self.last = point

    def end(self, home: str = "", *, covered: bool = False) -> None:
        """No more comes: hand on what is there, and say what is missing. `home` is the name of what it belongs to."""
        for point in self._points:
            self._hand_on(point, home, covered=covered)
        self._points.clear()
        beyond = max((*self._others, self._straight), default=0)
        if self._plan is None:
            self._problems.append("no plan, it crashed or was cut short")
        elif self._count != self._plan:
            self._problems.append(
                f"{self._count} {'test' if self._count == 1 else 'tests'}, and a plan of {self._plan}"
            )
        elif beyond > self._plan or 0 in self._others:
            self._problems.append(f"a plan of {self._plan}, and a test with a number outside of it")
        whose = f"the subtest {message(home)!r}" if home else "it"
        for problem in self._problems[:_LINES_KEPT]:
            self._into.contradict(f"{whose} has {problem}")
        if self._plan == 0 and self._why:
            self._into.note(f"{whose} ran nothing: {self._why}")

    def _hand_on(self, point: Point, home: str, *, covered: bool) -> None:
        self._bad += point.bad and not covered
        name = point.name or f"(test {point.number or self._count})"
        if point.below is not None:
            point.below.end(f"{home} > {name}" if home else name, covered=covered or point.todo)
            if point.good and point.below.bad:
                self._into.contradict(
                    f"{message(name)!r} is ok, but not all of its subtests are: {point.below.bad} failed"
                )
        self._into.add(point.tested(home, point.number or self._count, self._root, covered=covered))
