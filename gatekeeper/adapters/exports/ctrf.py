"""Owns writing a run as CTRF. Streams: the tests first, and the summary that counts them after."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from gatekeeper.policy.export_steps import CaseOutcome, RunTold, Try
from gatekeeper.policy.exporting import Case, Suite, name_of

_SPEC = "1.0.0"
_STATUS: dict[CaseOutcome, str] = {
    "passed": "passed",
    "flaky": "passed",
    "failed": "failed",
    "error": "failed",
    "skipped": "skipped",
    "excused": "skipped",
}


def write_ctrf(run: RunTold, suites: Iterable[Suite]) -> Iterator[str]:
    """The document, in pieces."""
    head = {"reportFormat": "CTRF", "specVersion": _SPEC, "generatedBy": "gatekeeper export"}
    tool = {"name": "gatekeeper", "version": run.version}
    yield json.dumps(head).removesuffix("}")
    yield f', "results": {{"tool": {json.dumps(tool)}, "tests": ['
    found: Counter[CaseOutcome] = Counter()
    count = 0
    for suite in suites:
        for case in suite.cases:
            yield f"{',' if found else ''}\n{json.dumps(_test(suite, case))}"
            found[case.outcome] += 1
        count += 1
    yield f'\n], "summary": {json.dumps(_summary(run, found, count))}}}}}\n'


def _summary(run: RunTold, found: Counter[CaseOutcome], suites: int) -> dict[str, object]:
    start, stop = _epoch_ms(run.started_at), _epoch_ms(run.finished_at or run.started_at)
    statuses = dict.fromkeys(("passed", "failed", "skipped", "pending", "other"), 0)
    for outcome, count in found.items():
        statuses[_STATUS[outcome]] += count
    facts = {"run": run.run, "cycle": run.cycle, "verdict": run.verdict, "exitCode": run.exit_code, "tree": run.tree}
    return {
        "tests": found.total(),
        **statuses,
        "flaky": found["flaky"],
        "suites": suites,
        "start": start,
        "stop": max(start, stop),
        "duration": max(0, stop - start),
        "extra": {**facts, "reason": run.reason},
    }


def _test(suite: Suite, case: Case) -> dict[str, object]:
    test: dict[str, object] = {
        "name": name_of(suite, case),
        "status": _STATUS[case.outcome],
        "duration": _ms(case.duration_s or 0.0),
        "suite": [part for part in (suite.name, case.group) if part],
        "rawStatus": "xfailed" if case.outcome == "excused" else case.kind,
    }
    if case.message:
        test["message"] = case.message
    if case.detail and case.detail != case.message:
        test["trace"] = case.detail
    path, _, line = case.place.rpartition(":")
    if path and line.isdigit():
        test |= {"filePath": path, "line": int(line)}
    if case.outcome == "flaky":
        test["flaky"] = True
    if case.attempts > 1:
        test["retries"] = case.attempts - 1
    if case.tries:
        test["retryAttempts"] = [_attempt(number, one) for number, one in enumerate(case.tries, 1)]
    return test


def _attempt(number: int, one: Try) -> dict[str, object]:
    told = {"attempt": number, "status": _STATUS[one.outcome], "duration": _ms(one.duration_s)}
    return told | ({"message": one.message} if one.message else {})


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def _epoch_ms(time: str) -> int:
    moment = datetime.fromisoformat(time)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
