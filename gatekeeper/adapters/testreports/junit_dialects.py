"""Owns what the writers of JUnit reports mean: ids, what was never collected, and what ran more than once.

One id a test: ``<file or classname>::<name>``, without absolute paths where the folder is known, and the same in
every run. Which of two cases of one name is a second attempt only some writers let us tell:

* pytest (with rerunfailures) writes an attempt that is run again as a case that looks passed. The last attempt counts;
  but a failure that was written is a failure, whatever comes after it.
* Go's tests have unique names, so a second case is a second run. A failure and one pass is what gotestsum's reruns
  leave; a failure and more passes is ``-count``, and failed. The cases of a package are sorted by outcome.
* Everywhere else (Jest, Vitest, Mocha, Node, PHPUnit, Gradle) titles may repeat, and two cases are two tests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from gatekeeper.adapters.testreports.gathering import relative
from gatekeeper.adapters.testreports.junit_case import Case
from gatekeeper.adapters.testreports.texts import identity
from gatekeeper.model.report import ReportedTest

Dialect: TypeAlias = Literal["pytest", "go", ""]
"""Writers that tell of reruns by writing a case again; none of them for all others."""

BAD = {"failed", "error"}
_PYTEST_HEADER = ("name", "errors", "failures", "skipped", "tests")
_JEST_CRASH = "Test suite failed to run"
_JVM_CLASS_LEVEL = {"initializationError", "executionError", "classMethod"}
_SCRIPT = re.compile(r"\.[cm]?[jt]sx?$")
_BATS_NUMBER = re.compile(r"^begin \d+ ")


def dialect_of(attributes: Mapping[str, str], around: str) -> Dialect:
    """The dialect of a suite, by its header and the name of the root around it."""
    if around == "pytest tests" or attributes.get("name") == "pytest" or tuple(attributes)[:5] == _PYTEST_HEADER:
        return "pytest"
    return ""


def is_go(attributes: Mapping[str, str]) -> bool:
    """Whether a ``property`` element gives its suite away as Go's."""
    return attributes.get("name") == "go.version"


def never_collected(case: Case, suite: str) -> bool:
    """Whether a case stands for something that could not be loaded, compiled or set up, and so never ran."""
    name, classname = case.name, case.classname
    if case.outcome not in BAD:
        # CTest writes a test whose program is not there as skipped, and counts it as failed.
        return case.worst == "skipped" and case.status == "notrun" and not case.message.startswith("SKIP_")
    return (
        case.whole_suite
        or not name  # bats: a file; Surefire: a class
        or case.message.startswith("collection failure")
        or (classname, name) in {("pytest", "internal"), ("", "TestMain")}
        or classname == _JEST_CRASH
        or classname == name == suite  # Vitest: a file
        or (bool(classname) and name in _JVM_CLASS_LEVEL)
        or name.startswith("[build failed]")
        or (not classname and name in {"Error", "Warning"} and case.kind.startswith("PHPUnit\\"))
        or (classname == "test" and case.message == "test failed" and bool(_SCRIPT.search(name)))  # Node: a file
    )


def again(dialect: Dialect, before: ReportedTest, now: ReportedTest) -> ReportedTest | None:
    """One test out of two cases of its name in one suite; None where they are two tests."""
    if not (before.collected or now.collected):
        return before
    attempts = before.attempts + now.attempts
    match dialect:
        case "pytest" if before.outcome in BAD and now.message.startswith("failed on teardown"):
            return now._replace(attempts=before.attempts)
        case "pytest" if before.outcome in BAD and now.outcome not in BAD:
            return before._replace(attempts=attempts)
        case "pytest":
            return now._replace(attempts=attempts)
        case "go":
            return _go_again(before, now, attempts)
        case _:
            return None


def _go_again(before: ReportedTest, now: ReportedTest, attempts: int) -> ReportedTest:
    match before.outcome, now.outcome:
        case "flaky", "passed":
            return before._replace(outcome="failed", attempts=attempts)
        case "failed" | "error", "passed":
            return before._replace(outcome="flaky", attempts=attempts)
        case "passed", "passed":
            return before
        case _, "passed" | "skipped":
            return before._replace(attempts=attempts)
        case _:
            return now._replace(attempts=attempts)


def _title(name: str, classname: str, suites: Sequence[str]) -> str:
    """The name of a test in JavaScript, where titles stand in titles and only all of them name a test."""
    path = [suite for suite in suites[1:] if suite]
    if classname in {"test", ".".join(path)}:  # Node, before 22 and since
        return " > ".join([*path, name])
    return name if classname in name else f"{classname} > {name}"


class Names:
    """Makes the ids of the cases of one document; `root` is the folder that paths are taken relative to, or empty."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._last: tuple[str, str, str] | None = None
        self._home = ("", "")

    def id_of(self, case: Case, suites: Sequence[str], suite_file: str) -> str:
        """The id of a test that ran."""
        attributes = case.attributes
        name, classname = attributes.get("name", ""), attributes.get("classname", "")
        where = (attributes.get("file", "") or suite_file, classname, suites[-1])
        if where != self._last:
            self._last, self._home = where, self._home_of(*where)
        home, inside = self._home
        if classname == "test" or (classname not in {"", home} and _SCRIPT.search(home)):
            name = _title(name, classname, suites)
        if home.endswith(".bats"):
            # Its reports of several files number the tests; a number would change with every test that comes.
            name = _BATS_NUMBER.sub("", name)
        name = inside + (name or "(a test without a name)")
        return identity(f"{home}::{name}" if home else name)

    def id_of_uncollected(self, case: Case, suites: Sequence[str], suite_file: str) -> str:
        """The id of what never ran: its file, module or class where that says it all."""
        name, file = case.name, self.below(case.attributes.get("file", ""))
        if case.outcome not in BAD:
            return self.id_of(case, suites, suite_file)
        if case.message.startswith("collection failure") or case.classname in {_JEST_CRASH, name, "test"}:
            return identity(file or self.below(name) or suites[-1])
        home = self._home_of(case.attributes.get("file", "") or suite_file, case.classname, suites[-1])[0]
        if not name or (not case.classname and name in {"Error", "Warning"}):
            return identity(home or "(a suite without a name)")
        return identity(f"{home}::{name}" if home else name)

    def below(self, path: str) -> str:
        """A path as it is below the root."""
        return relative(path, self._root).removeprefix("./")

    def _home_of(self, file: str, classname: str, suite: str) -> tuple[str, str]:
        """The part of ids before the colons, and the start of the part behind them."""
        path = self.below(file)
        if not path or (path.startswith("/") and classname not in {"", "test"}):
            # A path of somebody's machine names nothing that is the same elsewhere; a class does.
            return self.below(classname or suite), ""
        module = path.removesuffix(".py").replace("/", ".")
        if path.endswith(".py") and classname.startswith(f"{module}."):
            # Two classes of one file may have tests of one name: pytest's own ids.
            return path, classname[len(module) + 1 :].replace(".", "::") + "::"
        return path, ""
