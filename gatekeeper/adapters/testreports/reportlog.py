"""Owns reading the log of pytest-reportlog: a JSON object a line, as a stream. Knows no files.

Each test is told of in up to three phases (setup, call, teardown), which under xdist come interleaved with those of
other tests. Only teardown ends a test, and only ``SessionFinish`` ends the log: without it pytest crashed.
rerunfailures gives the phase that failed the outcome ``rerun`` and begins the test again.
"""

from __future__ import annotations

from typing import BinaryIO

from gatekeeper.adapters.testreports.fields import (
    LineTooLong,
    lines,
    number,
    parsed_line,
    test_id,
    text,
    whole,
)
from gatekeeper.adapters.testreports.gathering import Gathering
from gatekeeper.adapters.testreports.pytest_words import Words, exit_doubt, line_after, words_of, worse
from gatekeeper.model.report import Report, ReportedTest, ReportProblem, TestOutcome

_NAMED = 5


def looks_like_reportlog(beginning: bytes) -> bool:
    """Whether a file that begins so is a log of pytest-reportlog, or nothing yet."""
    start = beginning.lstrip()
    return not start or (start.startswith(b"{") and b'"$report_type"' in start)


def read_reportlog(file: BinaryIO, name: str, root: str = "") -> Report | ReportProblem:
    """The report in `file`; `name` is what it is called in problems, `root` the step's folder."""
    reading = _Reading(name, root)
    try:
        for line in lines(file):
            if line.isspace():
                continue
            entry = parsed_line(line)
            if entry is None or "$report_type" not in entry:
                return ReportProblem(
                    "unreadable",
                    f"{name} is cut short or no log of pytest-reportlog, see line {reading.count + 1}",
                )
            reading.take(entry)
    except LineTooLong as fault:
        return ReportProblem("unreadable", f"{name} {fault}")
    return reading.report()


class _Running:
    """A test between its setup and its teardown."""

    def __init__(self) -> None:
        self.outcome: TestOutcome = "passed"
        self.called = self.rerun = False
        self.duration_s: float | None = None
        self.words = Words()
        self.location: object = None

    @property
    def own_place(self) -> str:
        """Where the test itself stands."""
        return _location(self.location)

    def say(self, outcome: TestOutcome, words: Words) -> None:
        """Take in what a phase came to; of two that failed, the first one's words stay."""
        if worse(outcome, self.outcome) != self.outcome:
            if self.outcome not in {"failed", "error"}:
                self.words = words
            self.outcome = outcome


class _Reading:
    """One log while its tests are gathered; memory: the tests that have begun and not ended."""

    def __init__(self, name: str, root: str) -> None:
        self.count = 0
        self._root = root
        self._into = Gathering(name)
        self._running: dict[str, _Running] = {}
        self._rerun: set[str] = set()
        self._warnings = 0
        self._sessions = 0
        self._finished = False
        self._code: int | None = None

    def take(self, entry: dict[str, object]) -> None:
        """Take in one line."""
        self.count += 1
        match text(entry.get("$report_type")).lower():
            case "sessionstart":
                self._sessions += 1
            case "sessionfinish":
                self._finished = True
                self._code = whole(entry.get("exitstatus"))
            case "warningmessage":
                self._warnings += 1
            case "collectreport":
                self._collected(entry)
            case "testreport":
                self._phase(entry)
            case "subtestreport":
                self._subtest(entry)
            case _:
                pass  # plugins may write lines of their own

    def report(self) -> Report:
        """All of it; what is still running was never ended."""
        if left := list(self._running):
            named = ", ".join(left[:_NAMED]) + (f" and {len(left) - _NAMED} more" if len(left) > _NAMED else "")
            self._into.contradict(f"tests that began and never ended: {named}")
        for nodeid, test in list(self._running.items()):
            test.say("error", Words("began and never ended", test.own_place))
            self._end(nodeid, test)
        if self._sessions != 1:
            self._into.contradict(f"beginnings of a session of pytest: there are {self._sessions}, and should be one")
        if not self._finished:
            self._into.contradict("it has no end: pytest crashed or was killed before it was done")
        made = self._into.report(warnings=self._warnings, exit_status=self._code)
        bad = made.counts.failed + made.counts.errors
        if self._finished and (doubt := exit_doubt(self._code, bad)):
            made = made._replace(contradictions=(*made.contradictions, f"{self._into.name}: {doubt}"))
        return made

    def _collected(self, entry: dict[str, object]) -> None:
        outcome = text(entry.get("outcome"))
        nodeid = test_id("", text(entry.get("nodeid")) or "(the collection)")
        if outcome == "passed" or nodeid in self._into:  # each worker of xdist may tell it
            return
        words = words_of(entry.get("longrepr"), self._root)
        if outcome == "skipped":
            self._into.add(ReportedTest(nodeid, "skipped", words.message, words.place))
        else:
            told = f"collection failed: {words.message}"
            self._into.add(ReportedTest(nodeid, "error", told, words.place, collected=False))

    def _phase(self, entry: dict[str, object]) -> None:
        nodeid = test_id("", text(entry.get("nodeid")))
        worker = text(entry.get("worker_id")) or _worker_of(entry)
        key = f"{nodeid}\n{worker}" if worker else nodeid
        test = self._running.setdefault(key, _Running())
        when, outcome = text(entry.get("when")), text(entry.get("outcome"))
        test.location = test.location or entry.get("location")
        took = number(entry.get("duration"))
        if took is not None:
            test.duration_s = (test.duration_s or 0.0) + took
        if outcome == "passed" and when != "call" and "wasxfail" not in entry:
            if when == "teardown":
                self._end(key, test)
            return
        test.called |= when == "call"
        self._outcome(test, entry, when, outcome)
        if when not in {"setup", "call"}:  # teardown, and the ??? of a worker that crashed
            self._end(key, test)

    def _outcome(self, test: _Running, entry: dict[str, object], when: str, outcome: str) -> None:
        expected = "wasxfail" in entry
        match outcome:
            case "passed":
                if expected:
                    test.say("xpassed", Words(text(entry.get("wasxfail")), test.own_place))
            case "skipped" if expected:
                test.say("xfailed", Words(text(entry.get("wasxfail")), test.own_place))
            case "skipped":
                test.say("skipped", words_of(entry.get("longrepr"), self._root))
            case "rerun":
                test.rerun = True
                test.say("failed", self._failure(entry, when))
            case "failed" if when == "call" or when not in {"setup", "teardown"}:
                test.say("failed", self._failure(entry, when))
            case _:
                test.say("error", self._failure(entry, when))

    def _failure(self, entry: dict[str, object], when: str) -> Words:
        words = words_of(entry.get("longrepr"), self._root)
        told = f"failed on {when}: {words.message}" if when in {"setup", "teardown"} else words.message
        return Words(told, words.place or _location(entry.get("location")))

    def _subtest(self, entry: dict[str, object]) -> None:
        """A subtest that fails makes its test fail, which older versions of the plugin call passed."""
        nodeid = test_id("", text(entry.get("nodeid")))
        for key, test in self._running.items():
            if key.partition("\n")[0] == nodeid and text(entry.get("outcome")) == "failed":
                test.say("failed", self._failure(entry, "call"))

    def _end(self, key: str, test: _Running) -> None:
        del self._running[key]
        nodeid = key.partition("\n")[0]
        outcome, words = test.outcome, test.words
        if outcome == "passed" and not test.called:
            self._into.contradict(f"{nodeid} has a setup and a teardown, but was never called")
            outcome, words = "error", Words("was never called", test.own_place)
        made = ReportedTest(nodeid, outcome, words.message, words.place or test.own_place, 1, test.duration_s)
        if nodeid in self._rerun:
            known = self._into[nodeid]
            said = made if outcome != "passed" else made._replace(message=known.message, place=known.place)
            self._into.add_attempt(said)
        elif nodeid in self._into:
            # Every worker of `--dist each` runs every test: one that fails anywhere failed.
            known = self._into[nodeid]
            self._into.replace(
                made if worse(outcome, known.outcome) != known.outcome else known._replace(duration_s=None)
            )
        else:
            self._into.add(made)
        (self._rerun.add if test.rerun else self._rerun.discard)(nodeid)


def _worker_of(entry: dict[str, object]) -> str:
    _, _, worker = text(entry.get("node")).strip("<>").partition("WorkerController ")
    return worker


def _location(location: object) -> str:
    match location:
        case [str() as file, line, *_] if (own := line_after(line)) is not None:
            return f"{text(file)}:{own}"
        case _:
            return ""
