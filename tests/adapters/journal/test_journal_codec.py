"""Events as the journal stores them: the promised fields, both ways, and across versions."""

import typing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.adapters.journal.codec import Undecodable, decode, encode
from gatekeeper.adapters.journal.line import Envelope, NotALine, entry_of, line_bytes, parse
from gatekeeper.model.errors import JournalError
from gatekeeper.model.event_parts import StepSummary
from gatekeeper.model.events import EVENTS, Event, RunFinished, StepFinished
from gatekeeper.model.help_events import RetryScheduled
from gatekeeper.model.outcome import CheckResult, ProbeResult, Received

# The fields of "Events" in the design, which stand in every line (those of a step only where they apply).
PROMISED = {
    "run.started": {"cycle", "definition", "tree", "repos", "containment", "switches"},
    "round.started": {"round", "reason", "tree"},
    "round.finished": {"round", "tree", "failed", "signature"},
    "step.started": {"gate", "step", "round", "attempt", "timeout_s"},
    "step.finished": {"gate", "step", "round", "attempt", "verdict", "duration_s", "findings", "strays"},
    "service.started": {"service", "gate", "step"},
    "service.ended": {"service", "how"},
    "lock.awaited": {"locks", "holder"},
    "lock.taken": {"locks", "waited_s"},
    "retry.scheduled": {"gate", "step", "class", "delay_s", "n"},
    "tree.changed": {"by", "files", "integrity"},
    "integrity.compared": {"against"},
    "baseline.measured": {"gate", "step", "ref", "commit"},
    "baseline.accepted": {"gate", "step", "by", "reason", "before", "after"},
    "rerun.finished": {"gate", "step", "attempt", "command"},
    "step.flaky": {"gate", "step", "message"},
    "mitigation.started": {"pattern", "command"},
    "mitigation.finished": {"pattern", "exit_code"},
    "fixer.started": {"call", "provider", "brief"},
    "fixer.finished": {"call", "exit_code", "duration_s", "changed", "commits", "findings", "usage"},
    "breaker.opened": {"kind", "signature", "tree"},
    "change.awaited": {"tree", "rounds_left", "within_s"},
    "fix.proved": {"gate", "step", "tree", "outcome"},
    "run.resumed": {"from_seq"},
    "repo.settled": {"repo", "how"},
    "incident": {"kind", "gate", "step", "message"},
    "note.added": {"problem", "root_cause", "solution", "nugget", "domain"},
    "run.finished": {"verdict", "exit_code", "rounds", "tree", "duration_s", "log", "steps", "incidents"},
}


def events() -> st.SearchStrategy[Event]:
    text = st.text(st.characters(codec="utf-8"), max_size=8)
    st.register_type_strategy(str, text)
    st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
    return st.one_of([record(kind) for kind in EVENTS.values()])


def record(kind: Any) -> st.SearchStrategy[Any]:
    return st.tuples(*(value(hint) for hint in typing.get_type_hints(kind).values())).map(kind._make)


def value(hint: Any) -> st.SearchStrategy[Any]:
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is tuple and arguments[-1] is Ellipsis:
        pair = typing.get_args(arguments[0])
        if typing.get_origin(arguments[0]) is tuple and len(pair) == 2:
            return st.dictionaries(value(str), value(pair[1]), max_size=2).map(lambda found: tuple(found.items()))
        return st.lists(value(arguments[0]), max_size=2).map(tuple)
    if typing.get_origin(hint) is tuple:
        return st.tuples(*map(value, arguments))
    if type(None) in arguments:
        return st.none() | value(arguments[0])
    return record(hint) if hasattr(hint, "_fields") else st.from_type(hint)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(events())
def test_every_event_comes_back_as_it_went(event: Event) -> None:
    """Encoding, JSON and decoding lose nothing, whatever an event holds."""
    name, data = encode(event)
    line = line_bytes(Envelope(1, 3, "t", "r", name, data, "p"))
    entry = entry_of(parse(line), line)
    assert entry is not None
    assert entry.event == event
    assert PROMISED[name] <= set(data)


def test_what_says_nothing_is_left_out() -> None:
    """Fields that hold their default cost no bytes."""
    assert encode(StepFinished("g", "s", 1, 1, "passed", exit_code=0))[1] == {
        "gate": "g",
        "step": "s",
        "round": 1,
        "attempt": 1,
        "verdict": "passed",
        "exit_code": 0,
        "duration_s": 0.0,
        "findings": [],
        "strays": [],
    }


def test_a_check_is_shown_flat_with_a_verdict() -> None:
    """The design's `{kind, request, expected, received, verdict}`."""
    check = CheckResult("after_each", ProbeResult("GET /health", "status 200", Received(500, 3.5), False, "got 500"))
    assert encode(StepFinished("g", "s", 1, 1, "failed", checks=(check,)))[1]["checks"] == [
        {
            "kind": "after_each",
            "request": "GET /health",
            "expected": "status 200",
            "received": {"status": 500, "ms": 3.5},
            "verdict": "failed",
            "problem": "got 500",
        }
    ]


def test_words_of_python_stay_out_of_the_journal() -> None:
    """`class_` is `class`, and counts by kind are an object."""
    assert encode(RetryScheduled("g", "s", "infra", 1.0, 1))[1]["class"] == "infra"
    data = encode(
        RunFinished(
            "red", 1, 1, "t", 1.0, incidents=(("timeout", 2),), steps=(StepSummary("g", "s", "required", "failed", 1),)
        )
    )[1]
    assert data["incidents"] == {"timeout": 2}
    assert data["steps"] == [{"gate": "g", "step": "s", "tier": "required", "verdict": "failed", "attempts": 1}]


def test_fields_and_events_of_tomorrow_are_passed_over() -> None:
    """A later gatekeeper may say more; what is known is still read."""
    data = {"gate": "g", "step": "s", "round": 1, "attempt": 1, "verdict": "passed", "mood": "good"}
    assert decode("step.finished", data) == StepFinished("g", "s", 1, 1, "passed")
    assert decode("moon.rose", {}) is None
    assert decode("incident", {"kind": "meteor", "message": "m"}) is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"gate": "g", "step": "s", "round": 1, "attempt": 1}, "verdict is missing"),
        ({"gate": 7, "step": "s", "round": 1, "attempt": 1, "verdict": "v"}, "gate: 7 where str belongs"),
        ({"gate": "g", "step": "s", "round": True, "attempt": 1, "verdict": "v"}, "round: True where int belongs"),
        ({"gate": "g", "step": "s", "round": 1, "attempt": 1, "verdict": "v", "strays": {}}, "strays: {} where a list"),
        ([], "where an object belongs"),
    ],
)
def test_data_that_is_not_an_event_is_refused(data: object, said: str) -> None:
    """What is missing or of the wrong type is named, and never guessed."""
    with pytest.raises(Undecodable, match=said):
        decode("step.finished", data)


def test_a_newer_format_is_refused_with_what_to_do() -> None:
    """`v` 2 is not read as if it were `v` 1."""
    line = line_bytes(Envelope(2, 0, "t", "r", "run.started", {}, "p"))
    with pytest.raises(JournalError, match=r"format v2.*Upgrade"):
        entry_of(parse(line), line)


@pytest.mark.parametrize("line", [b"", b"nonsense", b"[]", b'{"v":1}', b'{"v":"1","seq":0}', b"\xff\xfe"])
def test_bytes_that_are_no_line_say_so(line: bytes) -> None:
    """Every way of not being a line ends in the same kind of answer."""
    with pytest.raises(NotALine):
        parse(line)
