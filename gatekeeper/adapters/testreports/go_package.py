"""Owns what the events of ``go test -json`` add up to, package by package. Knows no lines and no files."""

from __future__ import annotations

import re
from collections import deque

from gatekeeper.adapters.testreports.fields import number, test_id, text
from gatekeeper.adapters.testreports.gathering import Gathering, relative
from gatekeeper.adapters.testreports.texts import first_lines, message
from gatekeeper.model.report import Report, ReportedTest, TestOutcome

_LINES_KEPT = 60
_LINE_KEPT = 1000
_SAID = re.compile(r"^\s*(?P<file>[^\s:]+\.go):(?P<line>\d+): ?(?P<said>.*)", re.DOTALL)
_STACK = re.compile(r"^\t(?P<file>/?\S+\.go):(?P<line>\d+)(?: \+0x[0-9a-f]+)?$")
_COMPILER = re.compile(r"^(?P<file>[^\s:]+\.go):(?P<line>\d+)(?::\d+)?: (?P<said>.*)")
_FATAL = ("panic: ", "fatal error: ", "signal: ", "unexpected fault address")
_FRAMES = ("=== ", "--- ")
_ENDS: dict[str, TestOutcome] = {"pass": "passed", "fail": "failed", "skip": "skipped", "bench": "passed"}
_NAMED = 5


class _Running:
    """A test that has begun: what it said so far."""

    def __init__(self) -> None:
        self.head: list[str] = []
        self.tail: deque[str] = deque(maxlen=_LINES_KEPT)
        self.fatal = self.passed = False

    def say(self, output: str, name: str) -> None:
        self.fatal |= output.startswith(_FATAL)
        self.passed |= f"--- PASS: {name} (" in output
        if output.lstrip().startswith(_FRAMES):
            return
        line = text(output[:_LINE_KEPT].rstrip("\n"))
        (self.head if len(self.head) < _LINES_KEPT else self.tail).append(line)

    @property
    def lines(self) -> list[str]:
        return [*self.head, *self.tail]


class Package:
    """One package, from its first event to its end, and perhaps again."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.running: dict[str, _Running] = {}
        self.outcomes: dict[str, TestOutcome] = {}
        self.before: dict[str, TestOutcome] = {}
        self.parents: set[str] = set()
        self.hurt: set[str] = set()
        self.output: list[str] = []
        self.ended = ""
        self.failed_build = ""

    def begin_again(self) -> None:
        """Its failed tests are run once more."""
        self.before |= self.outcomes
        self.outcomes, self.output, self.ended, self.failed_build = {}, [], "", ""


class Packages:
    """All packages of one report while its events come in; memory: the tests' ids and what runs."""

    def __init__(self, name: str, root: str) -> None:
        self.into = Gathering(name)
        self._root = root
        self._packages: dict[str, Package] = {}
        self._builds: dict[str, list[str]] = {}
        self._strays: list[str] = []
        self._cached = self._counted = 0

    def take(self, event: dict[str, object]) -> None:
        """Take in one event."""
        action, output = text(event.get("Action")), event.get("Output")
        if action in {"build-output", "build-fail"}:
            said = self._builds.setdefault(text(event.get("ImportPath")), [])
            if isinstance(output, str) and len(said) < _LINES_KEPT:
                said.append(text(output).rstrip("\n"))
            return
        name = text(event.get("Package"))
        package = self._packages.get(name)
        if package is None:
            package = self._packages[name] = Package(name)
        if package.ended and action in {"start", "run"}:
            package.begin_again()
        test = text(event.get("Test"))
        match action:
            case "run" if test:
                package.running[test] = _Running()
                package.parents.add(test.rpartition("/")[0])
            case "output" if isinstance(output, str):
                self._output(package, test, output)
            case "pass" | "fail" | "skip" | "bench" if test:
                self._end_test(package, test, _ENDS[action], number(event.get("Elapsed")))
            case "pass" | "fail" | "skip":
                package.failed_build = text(event.get("FailedBuild"))
                self._end_package(package, action)
            case _:
                pass

    def not_built(self, name: str, why: str) -> None:
        """A package is told of in plain text: it could not be built or set up."""
        package = self._packages.setdefault(name, Package(name))
        package.output.append(f"FAIL\t{name} [{why}]")
        self._end_package(package, "fail")

    def stray_line(self, line: bytes) -> None:
        """A line that is no event: what the compiler says may stand there."""
        if len(self._strays) < _LINES_KEPT:
            self._strays.append(text(line[:_LINE_KEPT].decode("utf-8", "replace")).rstrip("\n"))

    def report(self) -> Report:
        """All of it; a package without an end makes it a contradiction."""
        open_ones = [package for package in self._packages.values() if not package.ended]
        if open_ones:
            named = ", ".join(package.name for package in open_ones[:_NAMED])
            self.into.contradict(f"packages without an end, which crashed or were cut short: {named}")
        for package in open_ones:
            self._leave(package, "had no end when the report ended")
        if self._cached:
            self.into.note(
                f"packages that Go did not run, as it had results cached (`-count=1` runs them): {self._cached}"
            )
        if self._counted:
            self.into.note(f"tests that ran more than once: {self._counted}")
        return self.into.report()

    def _output(self, package: Package, test: str, output: str) -> None:
        if test and (running := package.running.get(test)) is not None:
            running.say(output, test)
        elif not test:
            if output.rstrip().endswith("(cached)") and output.startswith("ok"):
                self._cached += 1
            if len(package.output) < _LINES_KEPT:
                package.output.append(text(output[:_LINE_KEPT].rstrip("\n")))

    def _end_test(self, package: Package, test: str, outcome: TestOutcome, took: float | None) -> None:
        running = package.running.pop(test, None) or _Running()
        said, place = "", ""
        if outcome != "passed":
            said, place = self._words(running.lines)
            said = said or ("one of its subtests failed" if test in package.hurt else "")
        if outcome == "failed":
            package.hurt.add(test.rpartition("/")[0])
        if test in package.parents:
            took = None  # that of its subtests, which counts with them
        made = ReportedTest(test_id(package.name, test), outcome, said, place, 1, took)
        if test in package.outcomes:
            self._counted += 1
            self._again(package, test, made)
        elif test in package.before:
            self._after(package.before[test], made)
        else:
            self.into.add(made)
        if package.outcomes.get(test) != "failed":
            package.outcomes[test] = outcome

    def _after(self, before: TestOutcome, made: ReportedTest) -> None:
        """The package ran once more: a test that had failed gets its second chance, another one none to look better."""
        known = self.into[made.id]
        if before == "failed":
            said = made if made.outcome != "passed" else made._replace(message=known.message, place=known.place)
            self.into.add_attempt(said)
        elif made.outcome == "failed":
            self.into.replace(made._replace(attempts=known.attempts + 1))
        else:
            self._counted += 1

    def _again(self, package: Package, test: str, made: ReportedTest) -> None:
        known = self.into[made.id]
        if made.outcome == "failed":
            self.into.replace(made._replace(attempts=known.attempts + 1))
        elif package.outcomes[test] == "failed":
            self.into.replace(known._replace(attempts=known.attempts + 1, duration_s=made.duration_s))

    def _end_package(self, package: Package, action: str) -> None:
        package.ended = action
        for test, running in list(package.running.items()):
            # A line end was missing before it passed, or it is a benchmark: those have no end of their own.
            if running.passed or (test.startswith("Benchmark") and not running.fatal):
                self._end_test(package, test, "passed", None)
        failed = any(outcome == "failed" for outcome in package.outcomes.values())
        if package.running:
            failed = True
            if action == "pass":
                left = ", ".join(list(package.running)[:_NAMED])
                self.into.contradict(f"{package.name} passed, but tests of it never ended: {left}")
            self._leave(package, "never ended")
        if action == "pass" and failed:
            self.into.contradict(f"{package.name} is said to have passed, but tests of it did not")
        if action == "fail" and not failed:
            self._whole(package)

    def _leave(self, package: Package, why: str) -> None:
        for test, running in list(package.running.items()):
            said, place = self._words(running.lines)
            del package.running[test]
            outcome: TestOutcome = "failed" if running.fatal else "error"
            told = said if running.fatal else f"{why}: {said}" if said else why
            made = ReportedTest(test_id(package.name, test), outcome, told, place)
            package.outcomes[test] = "failed"
            if made.id in self.into:
                self.into.replace(made._replace(attempts=self.into[made.id].attempts + 1))
            else:
                self.into.add(made)

    def _whole(self, package: Package) -> None:
        """A package failed and no test of it: it did not build, its TestMain gave up, a race was seen too late."""
        said, place, built = "", "", True
        ending = " ".join(package.output)
        build = self._builds.get(package.failed_build) or []
        if package.failed_build or "[build failed]" in ending or "[setup failed]" in ending:
            built = False
            said, place = _compiler(build or self._strays)
            said = f"did not build: {said}" if said else "did not build"
            self._strays = []
        else:
            told = [line for line in package.output if not line.startswith(("FAIL", "PASS", "exit status", "ok  \t"))]
            said, place = self._words(told)
            said = f"failed, and no test of it did: {said}" if said else "failed, and no test of it did"
        collected = built and bool(package.outcomes)
        made = ReportedTest(test_id(package.name, "(the package)"), "error", said, place, collected=collected)
        if made.id in self.into:
            self.into.add_attempt(made)
        else:
            self.into.add(made)

    def _words(self, lines: list[str]) -> tuple[str, str]:
        """What a test said last with a place to it, or its panic; and that place."""
        for at, line in enumerate(lines):
            if line.startswith(_FATAL):
                frames = [found for frame in lines[at:] if (found := _STACK.match(frame))]
                own = [found for found in frames if found["file"].endswith("_test.go")] or frames
                place = f"{relative(own[0]['file'], self._root)}:{own[0]['line']}" if own else ""
                return message(line.removesuffix(" [recovered]")), place
        told = [(at, found) for at, line in enumerate(lines) if (found := _SAID.match(line))]
        if not told:
            return first_lines("\n".join(lines)), ""
        at, last = told[-1]
        return first_lines("\n".join((last["said"], *lines[at + 1 :]))), f"{last['file']}:{last['line']}"


def _compiler(lines: list[str]) -> tuple[str, str]:
    for line in lines:
        if (found := _COMPILER.match(line)) is not None:
            return message(found["said"]), f"{found['file'].removeprefix('./')}:{found['line']}"
    return first_lines("\n".join(line for line in lines if not line.startswith("#"))), ""
