"""Owns reading the JSON of pytest-json-report. Knows no files; its summary is held against its tests.

Facts (seen): a collection error leaves ``tests`` empty and stands only in ``collectors``; under xdist the exit code is
then 1, not 2. rerunfailures gives a test that passed at last the outcome ``rerun``, and says nothing of how often one
failed that never passed. A test that pytest was left in (``pytest.exit``, ``os._exit``) counts as passed and has no
``call``. ``warnings`` is only there where there are any.
"""

from __future__ import annotations

from typing import BinaryIO

from gatekeeper.adapters.testreports.fields import document, items, mapping, number, test_id, text, whole
from gatekeeper.adapters.testreports.gathering import Gathering
from gatekeeper.adapters.testreports.pytest_words import Words, crash_words, exit_doubt, line_after, words_of
from gatekeeper.model.report import Report, ReportedTest, ReportProblem, TestOutcome

_OUTCOMES: dict[str, TestOutcome] = {
    "passed": "passed",
    "failed": "failed",
    "error": "error",
    "skipped": "skipped",
    "xfailed": "xfailed",
    "xpassed": "xpassed",
    "rerun": "flaky",
}
_COUNTED = (*_OUTCOMES, "total")


def looks_like_pytest_json(beginning: bytes) -> bool:
    """Whether a file that begins so is a report of pytest-json-report, or nothing yet."""
    start = beginning.lstrip()
    return not start or (start.startswith(b"{") and b'"exitcode"' in start and b'"root"' in start)


def read_pytest_json(file: BinaryIO, name: str, root: str = "") -> Report | ReportProblem:
    """The report in `file`; `name` is what it is called in problems, `root` the step's folder."""
    match document(file, name):
        case ReportProblem() as problem:
            return problem
        case {"summary": dict() as summary, "tests": list() as tests, "exitcode": _} as found:
            return _Reading(name, mapping(found), root).report(summary, tests)
        case {"summary": dict(), "exitcode": _}:
            return ReportProblem(
                "unreadable", f"{name} holds a summary and no tests; leave `--json-report-summary` and omitting off"
            )
        case _:
            return ReportProblem("unreadable", f"{name} is not a report of pytest-json-report: it lacks its keys")


class _Reading:
    """One document while its tests are gathered."""

    def __init__(self, name: str, rest: dict[str, object], root: str) -> None:
        self._rest = rest
        self._root = root or text(rest.get("root"))
        self._into = Gathering(name)

    def report(self, summary: dict[str, object], tests: list[object]) -> Report:
        found = dict.fromkeys(_COUNTED, 0)
        for test in map(mapping, tests):
            said = text(test.get("outcome"))
            found["total"] += 1
            found[said] = found.get(said, 0) + 1
            self._take(test, _OUTCOMES.get(said, "error"))
        unloaded = self._collectors()
        self._weigh(summary, found, unloaded)
        code = whole(self._rest.get("exitcode"))
        made = self._into.report(warnings=len(items(self._rest.get("warnings"))), exit_status=code)
        bad = made.counts.failed + made.counts.errors
        if doubt := exit_doubt(code, bad):
            made = made._replace(contradictions=(*made.contradictions, f"{self._into.name}: {doubt}"))
        return made

    def _take(self, test: dict[str, object], outcome: TestOutcome) -> None:
        phases = {phase: said for phase in test if "outcome" in (said := mapping(test[phase]))}
        took = [number(mapping(phase).get("duration")) for phase in phases.values()]
        duration_s = sum(one for one in took if one is not None) if any(one is not None for one in took) else None
        nodeid = test_id("", text(test.get("nodeid")))
        failed = next((phase for phase, said in phases.items() if said.get("outcome") == "failed"), "")
        if failed and outcome not in {"failed", "error"}:
            self._into.contradict(f"{nodeid} is called {text(test.get('outcome'))}, but its {failed} failed")
            outcome = "failed"
        elif outcome in {"passed", "xpassed", "flaky"} and "call" not in phases:
            self._into.contradict(f"{nodeid} is called {text(test.get('outcome'))}, but never came to its end")
            outcome = "error"
        attempts = 2 if outcome == "flaky" else 1
        if outcome == "passed":
            self._into.add(ReportedTest(nodeid, outcome, duration_s=duration_s))
            return
        words = self._words(test, phases, failed)
        self._into.add(ReportedTest(nodeid, outcome, words.message, words.place, attempts, duration_s))

    def _words(self, test: dict[str, object], phases: dict[str, dict[str, object]], failed: str) -> Words:
        telling = failed or next((phase for phase, said in phases.items() if said.get("longrepr")), "")
        said = phases.get(telling, {})
        words = crash_words(mapping(said.get("crash")), self._root)
        longrepr = words_of(said.get("longrepr"), self._root)
        told = words.message or longrepr.message
        if text(said.get("longrepr")).startswith("[") and not failed:
            told = longrepr.message  # the reason of an xfail that was not run
        if failed in {"setup", "teardown"}:
            told = f"failed on {failed}: {told}"
        file, _, rest = text(test.get("nodeid")).partition("::")
        line = line_after(test.get("lineno"))
        own = f"{file}:{line}" if rest and line is not None else ""
        return Words(told, words.place or longrepr.place or own)

    def _collectors(self) -> int:
        unloaded = 0
        for collector in map(mapping, items(self._rest.get("collectors"))):
            outcome = text(collector.get("outcome"))
            if outcome == "passed":
                continue
            words = words_of(collector.get("longrepr"), self._root)
            nodeid = test_id("", text(collector.get("nodeid")) or "(the collection)")
            if outcome == "skipped":
                self._into.add(ReportedTest(nodeid, "skipped", words.message, words.place))
                continue
            unloaded += 1
            told = f"collection failed: {words.message}"
            self._into.add(ReportedTest(nodeid, "error", told, words.place, collected=False))
        return unloaded

    def _weigh(self, summary: dict[str, object], found: dict[str, int], unloaded: int) -> None:
        for outcome, count in found.items():
            declared = whole(summary.get(outcome, 0))
            if declared is not None and declared != count:
                called = "tests" if outcome == "total" else f"{outcome} tests"
                self._into.contradict(f"{called}: its summary counts {declared}, and {count} are there")
        collected = whole(summary.get("collected"))
        planned = (collected or 0) - (whole(summary.get("deselected")) or 0)
        if planned > found["total"] and not unloaded:
            self._into.contradict(f"tests: {planned} were to run, and {found['total']} did: pytest stopped or crashed")
