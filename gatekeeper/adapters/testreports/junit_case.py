"""Owns one test case of a JUnit report: what its elements say happened. Knows no XML, no suite and no counts."""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.adapters.testreports.texts import message
from gatekeeper.model.report import TestOutcome

_WORSE: dict[TestOutcome, int] = {"skipped": 1, "failed": 2, "error": 3}
_XFAILED = {"pytest.xfail", "xfail"}
# What pytest wrote of a test that passed unexpectedly, while it still told.
_XPASSED = "xfail-marked test passes unexpectedly"
_FAILED_STATUS = {"failed", "failure", "fail"}
_SKIPPED_STATUS = {"notrun", "disabled", "skipped"}
# What some writers say of every failure: then the text inside the element says more.
_SAYS_NOTHING = {"", "Failed", "collection failure"}


class Case:
    """One ``testcase`` element while it is read, or a suite that failed as a whole."""

    __slots__ = ("attributes", "bad_elements", "kind", "message", "place", "reruns", "skip", "whole_suite", "worst")

    def __init__(self, attributes: Mapping[str, str], *, whole_suite: bool = False) -> None:
        self.attributes = attributes
        self.whole_suite = whole_suite
        self.bad_elements = self.reruns = 0
        self.worst: TestOutcome = "passed"
        self.message = self.place = self.kind = self.skip = ""

    @property
    def classname(self) -> str:
        """Its class, module, package or file, as its writer has it; may be empty."""
        return self.attributes.get("classname", "")

    @property
    def name(self) -> str:
        """Its name, as its writer has it; may be empty."""
        return self.attributes.get("name", "")

    @property
    def status(self) -> str:
        """What the case says of itself in an attribute, in small letters."""
        return (self.attributes.get("status") or self.attributes.get("result") or "").lower()

    @property
    def outcome(self) -> TestOutcome:
        """The worst of what the case holds in elements and says of itself in attributes."""
        worst = self.worst
        if worst in {"passed", "skipped"}:
            worst = self._claimed(worst)
        match worst:
            case "failed" | "error":
                # Of a test that is to do, Node tells the failure and does not mind it.
                return "xfailed" if self.skip == "todo" else worst
            case "skipped" if self.skip in _XFAILED:
                return "xfailed"
            case "skipped" if self.message.startswith(_XPASSED):
                return "xpassed"
            case _:
                return worst

    def _claimed(self, worst: TestOutcome) -> TestOutcome:
        status = self.status
        if status == "error":
            return "error"
        # Node repeats the message of a failure in an attribute.
        if status in _FAILED_STATUS or "failure" in self.attributes:
            return "failed"
        return "skipped" if status in _SKIPPED_STATUS else worst

    @property
    def place_declared(self) -> str:
        """Where the test stands, by its attributes."""
        file, line = self.attributes.get("file", ""), self.attributes.get("line", "")
        return f"{file}:{line}" if file and line.isdigit() else ""

    def begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take in the start of a ``failure``, ``error`` or ``skipped`` element."""
        kind = attributes.get("type", "")
        outcome: TestOutcome = "skipped"
        if tag == "skipped":
            self.skip = kind.lower()
        else:
            outcome = "error" if tag == "error" else "failed"
            self.bad_elements += 1
        if _WORSE[outcome] > _WORSE.get(self.worst, 0):
            self.worst, self.kind = outcome, kind
            self.message, self.place = message(attributes.get("message", "")), ""
            if self.skip == "todo" and self.message == "true":
                self.message = "to do"

    def run_again(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take in the start of an element that tells of another attempt."""
        self.reruns += 1
        if self.worst == "passed" and tag.startswith("flaky"):
            self.message = self.message or message(attributes.get("message", ""))

    def say(self, text: str, place: str) -> None:
        """Take in what stands inside the element; what an attribute said already is kept."""
        if self.message in _SAYS_NOTHING and text:
            self.message = f"{self.message}: {text}" if self.message == "collection failure" else text
        self.place = self.place or place
