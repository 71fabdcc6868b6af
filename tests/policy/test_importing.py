"""How a plan's words are read: durations, names, classes, answers."""

from __future__ import annotations

from gatekeeper.policy.drafting.names import slug, unused, variable
from gatekeeper.policy.importing.classes import class_of, classes
from gatekeeper.policy.importing.durations import bound_in, range_in
from gatekeeper.policy.importing.outline import Node


def test_durations_as_people_write_them() -> None:
    """What is no duration, or none that a step may have, is none."""
    read = {
        "120\u2013300s": (120, 300),
        "2-5 minutes": (120, 300),
        "90s to 2m": (90, 120),
        "between 1 and 2 hours": (3600, 7200),
        "30s..1m": (30, 60),
        "up to 10 min": (600, 600),
        **dict.fromkeys(("300-120s", "0s", "soon", "v1.2s", "999999h")),
    }
    assert {text: range_in(text) for text in read} == read


def test_a_bound_is_said_to_be_one() -> None:
    """A duration that merely stands in a line is no bound on it."""
    read = {
        "(timeout 10m)": 600,
        "within 90 s": 90,
        "at most 1 hour": 3600,
        "10m": None,
        "timeout of 5 tests": None,
    }
    assert {text: bound_in(text) for text in read} == read


def test_names() -> None:
    """Small, without accents, bounded, never empty, never twice."""
    assert slug("Prüfe: das Äußere!", "x") == "prufe-das-auere"
    assert slug("…", "x") == "x"
    assert len(slug("word " * 50, "x")) <= 50
    assert variable("404 page", "probe") == "probe_404_page"
    assert [unused("a", {"a", "a-2"}), unused("b", {"a"})] == ["a-3", "b"]


def test_a_class_is_told_by_words_that_tell() -> None:
    """Neither the folder of all scripts nor a word that two classes share chooses one."""
    items = tuple(Node("item", text, 3) for text in ("smoke tests: 1-2m", "full npm test: 3-4m", "restart scripts: 5m"))
    known = classes(Node("document", "", 0, children=(Node("heading", "Timeouts", 1, 2, children=items),)))
    assert [each.name for each in known] == ["smoke", "npm", "restart"]
    chosen = {
        script: found.name if (found := class_of(script, known)) else None
        for script in ("./smoke/x.sh", "./x/smoke-a.sh", "npm test", "npm run smoke", "./scripts/test.sh", "make")
    }
    assert chosen == {
        "./smoke/x.sh": None,
        "./x/smoke-a.sh": "smoke",
        "npm test": "npm",
        "npm run smoke": None,
        "./scripts/test.sh": None,
        "make": None,
    }
