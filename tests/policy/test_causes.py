"""In which order failures are told, decided for every combination of what makes one come first."""

from __future__ import annotations

from itertools import permutations, product

import pytest

from gatekeeper.model.event_parts import StepSummary
from gatekeeper.model.events import Entry, Event, IncidentHappened, RoundStarted, RunFinished, StepFinished
from gatekeeper.model.help_events import BreakerOpened
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.known import KnownFailure
from gatekeeper.model.verdict import Finding, StepVerdict
from gatekeeper.policy.causes import Failures, failures_of
from gatekeeper.policy.fold import RunRecord, fold
from gatekeeper.policy.schedule import Block, Schedule
from tests.policy.situations import gate, sid

KNOWN = KnownFailure("module_missing", "code", "a module is missing")
OUT_THERE = KnownFailure("registry_unreachable", "code", "it cannot be reached", dependency="registry.example.test")


def result(name: str, verdict: str = "failed", said: str = "exit code 1", kind: str = "exit-code") -> StepFinished:
    found, own = sid(name)
    return StepFinished(found, own, 1, 1, verdict, findings=(Finding(kind, said),))


def blocked(name: str, by: str) -> StepFinished:
    return result(name, "blocked", f"needs {by}, which is failed", "blocked")._replace(attempt=0)


def record(*events: Event) -> RunRecord:
    return fold("r", [Entry(n, "", "r", event) for n, event in enumerate((RoundStarted(1, "first", "t"), *events))])


def names(failures: Failures) -> list[str]:
    return [f"{cause.event.gate}/{cause.event.step}" for cause in failures.causes]


TRAITS = ("advisory", "given up", "infra", "service", "blocks", "known")


def with_traits(name: str, traits: frozenset[str]) -> tuple[StepFinished, list[Event]]:
    """A failure that has these, and what else has to have happened for it."""
    event, beside = result(name), list[Event]()
    if "advisory" in traits:
        event = event._replace(tier="advisory")
    if "known" in traits:
        event = event._replace(known=KNOWN)
    if "given up" in traits:
        event = event._replace(known=OUT_THERE)
        beside.append(BreakerOpened("dependency", "registry.example.test", "t"))
    if "infra" in traits:
        event = event._replace(verdict="infra")
    if "service" in traits:
        beside.append(IncidentHappened(IncidentKind.SERVICE_DIED, "it died", event.gate, event.step))
    if "blocks" in traits:
        beside.append(blocked(f"after/{event.step}", name))
    return event, beside


def weight(traits: frozenset[str]) -> tuple[bool, ...]:
    return (
        "advisory" in traits,
        "given up" not in traits,
        not traits & {"infra", "service"},
        "blocks" not in traits,
        not traits & {"known", "given up"},
    )


SETS = [frozenset(t for t, has in zip(TRAITS, chosen, strict=True) if has) for chosen in product([0, 1], repeat=6)]


def test_any_two_failures_are_told_in_the_order_of_cause() -> None:
    """Required first; then what a breaker gave up, infrastructure, what blocked others, what is known; then time."""
    for one, other in product(SETS, SETS):
        first, beside = with_traits("g/one", one)
        second, beside_too = with_traits("g/other", other)
        told = names(failures_of(record(first, second, *beside, *beside_too)))
        ahead = ["g/one", "g/other"] if weight(one) <= weight(other) else ["g/other", "g/one"]
        assert told == ahead, (one, other)


def test_equal_failures_keep_the_order_of_time() -> None:
    for order in permutations(["g/a", "g/b", "h/c"]):
        assert names(failures_of(record(*map(result, order)))) == list(order)


@pytest.mark.parametrize("verdict", list(StepVerdict))
def test_what_is_a_failure(verdict: StepVerdict) -> None:
    """What passed, was skipped or was stopped speaks against nothing, and what was blocked is not a cause."""
    failures = failures_of(record(result("g/a", verdict)))
    is_cause = verdict not in {"passed", "skipped", "cancelled", "blocked"}
    assert names(failures) == (["g/a"] if is_cause else [])
    assert failures.blocked == (("g/a",) if verdict == "blocked" else ())


@pytest.mark.parametrize(
    "chain",
    [
        ("g/root", "g/a", "g/b", "g/c"),
        ("g/root[os=linux]", "g/a b", "g/b,c"),
        ("g/root[node=20,os=a b]", "g/a"),
    ],
)
def test_what_did_not_run_stands_below_what_is_to_blame(chain: tuple[str, ...]) -> None:
    """Also by way of others, in whatever order they are told of, and whatever their names hold."""
    root, *others = chain
    events = [blocked(name, by) for by, name in zip(chain, others, strict=False)]
    for order in permutations(events):
        failures = failures_of(record(result("x/other"), result(root), *order))
        assert names(failures) == [root, "x/other"]
        assert set(failures.causes[0].blocked) == set(others)
        assert failures.blocked == ()


def test_what_blocks_itself_in_a_circle_is_told_beside() -> None:
    """Nothing that failed is to blame, and nothing hangs."""
    failures = failures_of(record(blocked("g/a", "g/b"), blocked("g/b", "g/a"), blocked("g/c", "g/nobody")))
    assert (failures.causes, set(failures.blocked)) == ((), {"g/a", "g/b", "g/c"})


def test_every_way_of_being_blocked_names_who_is_to_blame() -> None:
    """The words are those that the schedule writes."""
    gates = (gate("first", "one", "two", stop_on_failure=True), gate("second", "three", needs=["first"]))
    schedule = Schedule(gates, [step.id for each in gates for step in each.steps], {})
    told: list[StepFinished] = []
    while (decision := schedule.next()) is not None:
        name = str(decision.step.id)
        if isinstance(decision, Block):
            told.append(result(name, "blocked", decision.reason, "blocked"))
        else:
            schedule.finished(decision.step.id, StepVerdict.FAILED)
            told.append(result(name))
    [cause] = failures_of(record(*told)).causes
    assert set(cause.blocked) == {"first/two", "second/three"}


def test_the_same_failure_of_a_matrix_is_told_once() -> None:
    """Others of the matrix, which failed otherwise, and the same failure of another step stand for themselves."""
    wrong = Finding("test-failed", "a::b: expected 4, received 5")
    made = [result(f"g/unit[node={version}]")._replace(findings=(wrong,)) for version in (18, 20, 22)]
    other = result("g/unit[node=24]", said="exit code 139")
    failures = failures_of(record(*made[:2], other, made[2], result("g/lint")._replace(findings=(wrong,))))
    assert names(failures) == ["g/unit[node=18]", "g/unit[node=24]", "g/lint"]
    assert [each.step for each in failures.causes[0].alike] == ["unit[node=20]", "unit[node=22]"]


def test_the_verdict_is_the_one_that_the_run_closed_with() -> None:
    """What ran anew when the run was stopped has not failed; what has no result is told all the same."""
    summaries = (
        StepSummary("g", "again", "required", "cancelled", 2),
        StepSummary("g", "unseen", "advisory", "failed", 3),
    )
    end = RunFinished("aborted", 130, 1, "t", 1.0, steps=summaries)
    failures = failures_of(record(result("g/again"), end))
    assert names(failures) == ["g/unseen"]
    assert (failures.causes[0].event.tier, failures.causes[0].event.attempt) == ("advisory", 3)


def test_ten_thousand_blocked_steps_are_traced_in_no_time() -> None:
    """Each way is gone once."""
    chain = [blocked(f"g/{number}", f"g/{number - 1}") for number in range(1, 10_000)]
    [cause] = failures_of(record(result("g/0"), *reversed(chain))).causes
    assert len(cause.blocked) == 9_999
