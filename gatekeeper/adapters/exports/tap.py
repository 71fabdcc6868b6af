"""Owns writing a run as TAP 13: a point a case, details as YAML below it, and the plan last. Streams."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from gatekeeper.policy.export_steps import MESSAGE, RunTold, readable
from gatekeeper.policy.exporting import Case, Suite, name_of

_INDENT = "  "


def write_tap(run: RunTold, suites: Iterable[Suite]) -> Iterator[str]:
    """The document, in pieces."""
    yield "TAP version 13\n"
    yield f"# gatekeeper export: {_one_line(run.run)}\n"
    yield f"# {_one_line(run.cycle)}: {_one_line(f'{run.verdict}: {run.reason}' if run.reason else run.verdict)}\n"
    number = 0
    for suite in suites:
        for number, case in enumerate(suite.cases, number + 1):  # noqa: B020 - the count goes on from suite to suite
            yield _point(number, name_of(suite, case), case)
    yield f"1..{number}\n" if number else "1..0 # SKIP nothing was planned\n"


def _point(number: int, name: str, case: Case) -> str:
    good = case.outcome in {"passed", "flaky", "skipped"}
    match case.outcome:
        case "skipped":
            directive = f" # SKIP {_words(case.message or case.kind)}"
        case "excused":
            directive = f" # TODO {_words(case.kind)}, which stands in no pass's way"
        case _:
            directive = ""
    line = f"{'ok' if good else 'not ok'} {number} - {_words(name)}{directive}\n"
    return line + "".join(_details(case))


def _details(case: Case) -> Iterator[str]:
    if case.outcome in {"passed", "skipped"}:
        return
    # JSON is YAML, and says without doubt where a text ends.
    told: dict[str, object] = {"message": case.message or case.kind, "severity": case.kind}
    if case.place:
        told["at"] = case.place
    if case.duration_s is not None:
        told["duration_ms"] = round(case.duration_s * 1000, 3)
    if case.attempts > 1:
        told["attempts"] = case.attempts
    if case.detail and case.detail != case.message:
        told["detail"] = case.detail
    yield f"{_INDENT}---\n"
    yield from (f"{_INDENT}{key}: {json.dumps(value)}\n" for key, value in told.items())
    yield f"{_INDENT}...\n"


def _one_line(text: str) -> str:
    return " ".join(readable(text, MESSAGE).split())


def _words(text: str) -> str:
    """`text` as a description: one line, in which nothing begins a directive."""
    return _one_line(text).replace("\\", "\\\\").replace("#", "\\#")
