"""A project's pattern that may excuse failures is a weakening; one that only explains is not."""

from __future__ import annotations

import pytest

from tests.policy.integrity.changes import rules_of, told, worst

FILE = "gates/patterns/ours.yaml"
PLAIN = """\
pattern: ours
class: code
title: It is lost
root_cause: Nobody knows.
match: {text: ["lost for \\\\w+"]}
"""
EXCUSING = PLAIN.replace("class: code", "class: infra")
OFFERING = PLAIN + "mitigation: {run: 'rm -rf data'}\n"


@pytest.mark.parametrize(
    "after",
    [
        EXCUSING,
        OFFERING,
        PLAIN.replace("match: {", "match: {class: infra, "),
        PLAIN.replace("class: code", '"class": "inf\\x72a"'),
        PLAIN.replace("class: code", '"class": "in\\\n  fra"'),
        PLAIN.replace("class: code", "class: &a infra"),
        "{pattern: ours,\ntitle: a, class: infra,\nroot_cause: b, match: {exit: 1}}\n",
    ],
)
@pytest.mark.parametrize("before", [None, PLAIN])
def test_what_may_turn_a_failure_into_the_machines_is_a_weakening(before: str | None, after: str) -> None:
    """However YAML allows to write it; as well where it comes in as where it changes."""
    changes = told({FILE: before}, {FILE: after})
    assert rules_of(changes) == {"excusing-pattern"}
    assert worst(changes) == "weakening"


def test_that_it_knows_more_failures_is_one_too() -> None:
    changes = told({FILE: EXCUSING}, {FILE: EXCUSING.replace("lost for", "")})
    assert worst(changes) == "weakening"


@pytest.mark.parametrize(
    ("before", "after"), [(None, PLAIN), (PLAIN, None), (PLAIN, PLAIN + "priority: 60\n"), (EXCUSING, PLAIN)]
)
def test_what_only_explains_is_told_and_no_more(before: str | None, after: str | None) -> None:
    changes = told({FILE: before}, {FILE: after})
    assert rules_of(changes) == {"changed-pattern"}
    assert worst(changes) == "neutral"


def test_a_comment_changes_nothing() -> None:
    changes = told({FILE: EXCUSING}, {FILE: "# ours\n" + EXCUSING})
    assert rules_of(changes) == set()
