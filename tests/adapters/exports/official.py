"""Owns what the official schemas ask of the parts that we write, transcribed by hand and stricter than they are.

Whether these rules are no laxer than the schemas is asked by ``python -m tests.adapters.exports.against_official``.
JUnit: junit-10.xsd of Jenkins' xunit plugin. CTRF: ctrf.schema.json of the specification 1.0. SARIF: the schema of
2.1.0 by OASIS. A key that a schema knows and we do not write stands nowhere here, so that writing it is a decision.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import Element, fromstring

Check = Callable[[Any], Iterator[str]]

_TOLD = ({"type", "message"}, set[str](), set[str]())
_RERUN = ({"type", "message"}, {"type"}, set[str]())
# For each element: the attributes it may have, those it must have, what may be in it.
_JUNIT = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, set[str](), {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname"},
        {"name", "tests", "failures", "errors"},
        {"properties", "testcase"},
    ),
    "properties": (set[str](), set[str](), {"property"}),
    "property": ({"name", "value"}, {"name", "value"}, set[str]()),
    "testcase": (
        {"name", "time", "classname"},
        {"name"},
        {"skipped", "error", "failure", "rerunFailure", "rerunError", "flakyFailure", "flakyError"},
    ),
    **dict.fromkeys(("skipped", "error", "failure"), _TOLD),
    **dict.fromkeys(("rerunFailure", "rerunError", "flakyFailure", "flakyError"), _RERUN),
}
_SUREFIRE_TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")


def against_junit(text: str) -> list[str]:
    """What speaks against a document as the schema has it."""
    root = fromstring(text)
    return ([] if root.tag == "testsuites" else [f"the root is {root.tag}"]) + list(_element(root))


def _element(element: Element) -> Iterator[str]:
    may, must, inside = _JUNIT[element.tag]
    has = set(element.keys())
    if wrong := (has - may) | (must - has):
        yield f"{element.tag}: {sorted(wrong)}"
    if element.tag != "testcase" and not _SUREFIRE_TIME.fullmatch(element.get("time", "0")):
        yield f"{element.tag}: time {element.get('time')}"
    for child in element:
        if child.tag not in inside:
            yield f"{child.tag} in {element.tag}"
        yield from _element(child)


def against_ctrf(document: Any) -> list[str]:
    """What speaks against a document as the schema has it."""
    return list(_CTRF(document))


def against_sarif(document: Any) -> list[str]:
    """What speaks against a document as the schema has it, and what a result must have to be shown on GitHub."""
    found = list(_SARIF(document))
    for run in document["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        found += [f"rule {one['ruleId']}" for one in run["results"] if rules[one["ruleIndex"]] != one["ruleId"]]
        found += [f"no place: {one}" for one in run["results"] if not one["locations"]]
        names = [one["partialFingerprints"]["gatekeeperFinding/v1"] for one in run["results"]]
        found += ["two results with one fingerprint"] * (len(set(names)) != len(names))
    return found


def _is(kind: type) -> Check:
    def check(value: Any) -> Iterator[str]:
        if type(value) is not kind:
            yield f"{value!r} is no {kind.__name__}"

    return check


def _from(least: int) -> Check:
    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, int) or value < least:
            yield f"{value!r} is no number from {least}"

    return check


def _one_of(*values: object) -> Check:
    def check(value: Any) -> Iterator[str]:
        if value not in values:
            yield f"{value!r} is none of {values}"

    return check


def _like(pattern: str) -> Check:
    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            yield f"{value!r} is not like {pattern}"

    return check


def _list(of: Check) -> Check:
    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{value!r} is no list"
            return
        for one in value:
            yield from of(one)

    return check


def _object(must: dict[str, Check], may: dict[str, Check] | None = None) -> Check:
    known = must | (may or {})

    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{value!r} is no object"
            return
        yield from (f"without {key}" for key in must.keys() - value.keys())
        for key, inside in value.items():
            if key in known:
                yield from (f"{key}: {wrong}" for wrong in known[key](inside))
            else:
                yield f"with {key}"

    return check


def _any(_value: Any) -> Iterator[str]:
    return iter(())


_TEXT, _WHOLE, _NAME = _is(str), _from(0), _like(r"(?s).+")
_TIME = _like(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_STATUS = _one_of("passed", "failed", "skipped", "pending", "other")
_ATTEMPT = _object({"attempt": _from(1), "status": _STATUS}, {"duration": _WHOLE, "message": _TEXT})
_TEST = _object(
    {"name": _NAME, "status": _STATUS, "duration": _WHOLE},
    {
        "suite": _list(_TEXT),
        "rawStatus": _TEXT,
        "message": _TEXT,
        "trace": _TEXT,
        "filePath": _TEXT,
        "line": _is(int),
        "flaky": _is(bool),
        "retries": _WHOLE,
        "retryAttempts": _list(_ATTEMPT),
    },
)
_COUNTS = ("tests", "passed", "failed", "skipped", "pending", "other", "start", "stop")
_CTRF = _object(
    {
        "reportFormat": _one_of("CTRF"),
        "specVersion": _like(r"\d+\.\d+\.\d+"),
        "results": _object(
            {
                "tool": _object({"name": _NAME}, {"version": _TEXT}),
                "summary": _object(
                    dict.fromkeys(_COUNTS, _WHOLE),
                    {"flaky": _WHOLE, "suites": _WHOLE, "duration": _WHOLE, "extra": _is(dict)},
                ),
                "tests": _list(_TEST),
            }
        ),
    },
    {"generatedBy": _TEXT},
)

_MESSAGE = _object({"text": _NAME})
_URI = _like(r"[A-Za-z0-9%/:._~-]+")
_PHYSICAL = _object(
    {"artifactLocation": _object({"uri": _URI}, {"uriBaseId": _TEXT})},
    {"region": _object({"startLine": _from(1)}, {"startColumn": _from(1)})},
)
_LOGICAL = _object({"fullyQualifiedName": _TEXT, "kind": _one_of("module")})
_LEVEL = _one_of("none", "note", "warning", "error")
_RULE = _object(
    {"id": _TEXT, "shortDescription": _MESSAGE},
    {
        "name": _TEXT,
        "fullDescription": _MESSAGE,
        "help": _MESSAGE,
        "defaultConfiguration": _object({"level": _LEVEL}),
    },
)
_SUPPRESSION = _object({"kind": _one_of("inSource", "external")}, {"status": _TEXT, "justification": _TEXT})
_RESULT = _object(
    {
        "ruleId": _TEXT,
        "ruleIndex": _WHOLE,
        "level": _LEVEL,
        "message": _MESSAGE,
        "locations": _list(_object({"physicalLocation": _PHYSICAL, "logicalLocations": _list(_LOGICAL)})),
        "partialFingerprints": _object({"gatekeeperFinding/v1": _like("[0-9a-f]{64}")}),
        "suppressions": _list(_SUPPRESSION),
        "properties": _is(dict),
    }
)
_INVOCATION = _object(
    {"executionSuccessful": _is(bool), "exitCode": _is(int), "startTimeUtc": _TIME},
    {
        "endTimeUtc": _TIME,
        "exitCodeDescription": _TEXT,
        "toolExecutionNotifications": _list(_object({"level": _LEVEL, "message": _MESSAGE})),
    },
)
_SARIF = _object(
    {
        "version": _one_of("2.1.0"),
        "runs": _list(
            _object(
                {
                    "tool": _object({"driver": _object({"name": _NAME, "rules": _list(_RULE)}, {"version": _NAME})}),
                    "results": _list(_RESULT),
                },
                {
                    "automationDetails": _object({"id": _TEXT}),
                    "invocations": _list(_INVOCATION),
                    "originalUriBaseIds": _is(dict),
                    "columnKind": _one_of("unicodeCodePoints"),
                    "properties": _is(dict),
                },
            )
        ),
    },
    {"$schema": _any},
)
