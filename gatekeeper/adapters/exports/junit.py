"""Owns writing a run as JUnit XML, as Surefire and Jenkins have it. Streams: one suite at a time is held.

Only what their schema allows: a place stands in the text of a failure, because a test case has no attribute for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from gatekeeper.policy.export_steps import DETAIL, RunTold, Try, readable
from gatekeeper.policy.exporting import Case, Suite

_QUOTES = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


def write_junit(run: RunTold, suites: Iterable[Suite]) -> Iterator[str]:
    """The document, in pieces."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    # A comment cannot hold two hyphens.
    yield f"<!-- gatekeeper export: {escape(run.run.replace('--', '-'))} -->\n"
    took = {} if run.duration_s is None else {"time": _seconds(run.duration_s)}
    yield f"<testsuites{_attributes(name=run.cycle, **took)}>\n"
    for suite in suites:
        yield _suite(run, suite)
    yield "</testsuites>\n"


def _suite(run: RunTold, suite: Suite) -> str:
    found = Counter(case.outcome for case in suite.cases)
    head = _attributes(
        name=suite.name,
        tests=str(len(suite.cases)),
        failures=str(found["failed"]),
        errors=str(found["error"]),
        skipped=str(found["skipped"] + found["excused"]),
        time=_seconds(suite.duration_s),
        timestamp=run.started_at.partition(".")[0].removesuffix("Z"),
        hostname=run.host,
    )
    facts = "".join(f"      <property{_attributes(name=name, value=value)}/>\n" for name, value in suite.properties)
    properties = f"    <properties>\n{facts}    </properties>\n" if facts else ""
    return f"  <testsuite{head}>\n{properties}{''.join(_case(suite, case) for case in suite.cases)}  </testsuite>\n"


def _case(suite: Suite, case: Case) -> str:
    took = {} if case.duration_s is None else {"time": _seconds(case.duration_s)}
    head = _attributes(classname=case.group or suite.name, name=case.name, **took)
    inside = "".join(_inside(case))
    return f"    <testcase{head}>\n{inside}    </testcase>\n" if inside else f"    <testcase{head}/>\n"


def _inside(case: Case) -> Iterator[str]:
    match case.outcome:
        case "failed" | "error":
            tag = "failure" if case.outcome == "failed" else "error"
            yield _element(tag, case.kind, case.message, case.detail)
            yield from (_try("rerun", one) for one in case.tries)
        case "skipped":
            yield _element("skipped", case.kind, case.message)
        case "excused":
            yield _element("skipped", "xfail", f"{case.kind}, which stands in no pass's way: {case.message}")
        case "flaky":
            tries = case.tries or (Try(1, "failed", case.kind, case.message, 0.0),)
            yield from (_try("flaky", one) for one in tries)
        case "passed":
            pass


def _try(prefix: str, one: Try) -> str:
    tag = f"{prefix}{'Error' if one.outcome == 'error' else 'Failure'}"
    told = _attributes(type=one.kind, message=f"attempt {one.attempt}: {one.message or one.kind}")
    return f"      <{tag}{told}/>\n"


def _element(tag: str, kind: str, message: str, detail: str = "") -> str:
    head = _attributes(type=kind, message=message)
    return f"      <{tag}{head}>{escape(detail)}</{tag}>\n" if detail else f"      <{tag}{head}/>\n"


def _attributes(**values: str) -> str:
    safe = {name: readable(value, DETAIL) for name, value in values.items()}
    return "".join(f' {name}="{escape(value, _QUOTES)}"' for name, value in safe.items())


def _seconds(seconds: float) -> str:
    return f"{max(0.0, seconds):.3f}"
