"""Owns writing what speaks against a run as SARIF 2.1.0: a result a finding, a rule a kind. Small, so in one piece."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from gatekeeper.policy.export_findings import Found, Place, Weight
from gatekeeper.policy.export_steps import RunTold

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
MOST = 25_000
"""Results in one document: with more, GitHub refuses all of it."""

_ORDER: dict[Weight, int] = {"error": 0, "warning": 1, "note": 2}


def write_sarif(run: RunTold, findings: Iterable[Found], *, most: int = MOST) -> Iterator[str]:
    """The document. Of more than `most` findings the mildest are left out, and it says how many."""
    every = tuple(findings)
    found = tuple(sorted(every, key=lambda one: _ORDER[one.weight])[:most]) if len(every) > most else every
    kinds = sorted({one.kind for one in found})
    rules = {kind: index for index, kind in enumerate(kinds)}
    driver = {"name": "gatekeeper", "rules": [_rule(kind) for kind in kinds]}
    if run.version:
        driver["version"] = run.version
    told = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"gatekeeper/{run.cycle}/{run.run}"},
        "invocations": [_invocation(run, len(every) - len(found))],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the project that gatekeeper ran in."}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, rules[one.kind]) for one in found],
        "properties": {"run": run.run, "verdict": run.verdict, "tree": run.tree},
    }
    yield json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [told]}, indent=1) + "\n"


def _rule(kind: str) -> dict[str, Any]:
    words = kind.replace("-", " ") or "finding"
    told = f"What gatekeeper calls `{kind}` speaks against a step of the cycle."
    look = "In the project, `gatekeeper show` tells what did not pass and why"
    return {
        "id": kind,
        "name": "".join(word.capitalize() for word in words.split()),
        "shortDescription": {"text": f"{words.capitalize()}."},
        "fullDescription": {"text": told},
        "help": {"text": f"{told} {look}, `gatekeeper show --output GATE/STEP` what a step wrote."},
        # An alert is as grave as its step makes it; this is what a rule is where nobody says more.
        "defaultConfiguration": {"level": "error"},
    }


def _invocation(run: RunTold, left_out: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        # Of the tool, not of what it judged: a red run was a good one.
        "executionSuccessful": run.verdict not in {"aborted", "inconclusive"},
        "exitCode": run.exit_code,
        "startTimeUtc": run.started_at,
    }
    if run.finished_at:
        told["endTimeUtc"] = run.finished_at
    notifications = []
    if run.exit_code:
        words = f"{run.verdict}: {run.reason}" if run.reason else run.verdict
        told["exitCodeDescription"] = words
        notifications.append({"level": "error", "message": {"text": words}})
    if left_out:
        words = f"{left_out} more findings are left out: a document holds the gravest ones"
        notifications.append({"level": "warning", "message": {"text": words}})
    return told | ({"toolExecutionNotifications": notifications} if notifications else {})


def _result(found: Found, rule: int) -> dict[str, Any]:
    properties = {"step": str(found.step), "verdict": found.verdict}
    if found.known:
        properties["pattern"] = found.known
    return {
        "ruleId": found.kind,
        "ruleIndex": rule,
        "level": found.weight,
        "message": {"text": f"{found.step}: {found.message or found.kind}"},
        "locations": [
            {
                "physicalLocation": _physical(found.place),
                "logicalLocations": [{"fullyQualifiedName": str(found.step), "kind": "module"}],
            }
        ],
        "partialFingerprints": {"gatekeeperFinding/v1": found.fingerprint},
        # An empty list says that nothing is suppressed; without one, nobody would know.
        "suppressions": [_suppression(found)] if found.suppressed else [],
        "properties": properties,
    }


def _suppression(found: Found) -> dict[str, str]:
    return {"kind": "external", "status": "accepted", "justification": found.message or found.kind}


def _physical(place: Place) -> dict[str, Any]:
    artifact = {"uri": place.uri} | ({"uriBaseId": _ROOT} if place.inside else {})
    if not place.line:
        return {"artifactLocation": artifact}
    region = {"startLine": place.line} | ({"startColumn": place.column} if place.column else {})
    return {"artifactLocation": artifact, "region": region}
