"""Owns the text of a baseline's file: the same facts give the same bytes. Knows no disk.

One fact stands in one line, sorted, and no line depends on the one after it: every list ends with a null, so that each
fact's line has its comma. So two branches that record different tests can be merged line by line (``merge=union``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from gatekeeper.model.baseline import Acceptance, RecordedBaseline

VERSION = 1
VERSION_KEY = "gatekeeper_baseline"


def baseline_text(recorded: RecordedBaseline) -> bytes:
    """The file's bytes. `origin` and `digest` of the baseline are not part of it."""
    baseline = recorded.baseline
    lines = [
        "{",
        f'  "{VERSION_KEY}": {VERSION},',
        f'  "cycle": {_json(recorded.cycle)},',
        f'  "step": {_json(recorded.step)},',
        *_facts("tests", ((name, _json(outcome)) for name, outcome in baseline.tests.items())),
        *_facts("coverage", _numbers(baseline.coverage.items())),
        *_facts("metrics", _numbers(baseline.metrics.items())),
        *_facts("counts", _numbers(baseline.counts.items())),
        '  "accepted": [',
        *(f"    {_acceptance(each)}," for each in sorted(set(recorded.accepted))),
        "    null",
        "  ]",
        "}",
    ]
    return ("\n".join(lines) + "\n").encode()


def baseline_digest(text: bytes) -> str:
    """``sha256:`` of a baseline's text."""
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def _facts(section: str, facts: Iterable[tuple[str, str]]) -> Iterable[str]:
    yield f'  "{section}": {{'
    yield from (f"    {_json(name)}: {value}," for name, value in sorted(facts))
    yield '    "": null'
    yield "  },"


def _numbers(facts: Iterable[tuple[str, float]]) -> Iterable[tuple[str, str]]:
    return ((name, json.dumps(int(value) if float(value).is_integer() else value)) for name, value in facts)


def _acceptance(acceptance: Acceptance) -> str:
    at, by, reason, run, weaker = acceptance
    return _json({"at": at, "by": by, "reason": reason, "run": run, "weaker": list(weaker)})


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    # What is no text (half a surrogate, from a report that was not UTF-8) stands as an escape.
    return text if _encodable(text) else json.dumps(value)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
