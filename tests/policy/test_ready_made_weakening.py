"""A ready-made step that was made to look at less is told by what it no longer demands."""

from __future__ import annotations

import json

import pytest

from gatekeeper.model.plan import ReadyMade, ReadyMadeKind
from gatekeeper.policy.ready_made.weakening import demands_gone

RULE = {"text": "master", "pattern": "", "reason": "", "where": "prose"}
NEEDED = {"text": "", "pattern": "^v", "reason": "", "where": "everywhere", "file": "a.md"}


def step(kind: ReadyMadeKind, **options: object) -> ReadyMade:
    return ReadyMade(kind, json.dumps(options))


@pytest.mark.parametrize(
    ("old", "new", "gone"),
    [
        (
            step("python", files=["a", "b"], imports=["m", "n"], interpreter=""),
            step("python", files=["b"], imports=["n"], interpreter=""),
            ("python: a compiles", "python: m imports"),
        ),
        (
            step("docs", files=["*.md"], forbidden=[RULE], required=[NEEDED]),
            step("docs", files=["a.md"], forbidden=[{**RULE, "where": "code"}], required=[]),
            ("docs: *.md is looked at", "docs: 'master' is forbidden (prose)", "docs: a.md holds /^v/ (everywhere)"),
        ),
        (
            step("openapi", base="main:a", head="a", tool="own"),
            step("openapi", base="HEAD:a", head="a", tool="own"),
            ("openapi: a is compared with main:a",),
        ),
        (
            step("environment", required=["A", "B"], refuse_production=["C"]),
            step("environment", required=["B"], refuse_production=[]),
            ("environment: A is set", "environment: C is not production"),
        ),
        (
            step("environment", required=["A"], refuse_production=[]),
            step("python", files=[], imports=["A"]),
            ("environment: A is set",),
        ),
        (ReadyMade("docs", "${x}"), ReadyMade("docs", "${x}"), ()),
    ],
)
def test_what_is_not_demanded_any_more(old: ReadyMade, new: ReadyMade, gone: tuple[str, ...]) -> None:
    """And the other way round nothing is gone where only more was asked for."""
    assert demands_gone(old, new) == gone
    assert demands_gone(old, old) == ()


def test_more_demands_take_nothing_away() -> None:
    """Neither does another reason."""
    old = step("docs", files=["*.md"], forbidden=[RULE], required=[])
    new = step("docs", files=["*.md", "*.txt"], forbidden=[{**RULE, "reason": "why"}], required=[NEEDED])
    assert demands_gone(old, new) == ()
