"""The report page: ids by which steps and attempts are found."""

from __future__ import annotations

from gatekeeper.model.events import StepFinished
from gatekeeper.policy.page.places import attempt_place, step_place


def of(gate: str, step: str, number: int = 1, attempt: int = 1) -> StepFinished:
    return StepFinished(gate, step, number, attempt, "passed")


def test_a_step_is_found_by_its_name() -> None:
    assert step_place(of("suite", "unit")) == "suite/unit"
    assert attempt_place(of("suite", "unit", 2, 3)) == "suite/unit:2.3"


def test_what_a_link_had_to_encode_is_not_in_it_and_no_two_share_one() -> None:
    steps = [
        of("a", "b-c"),
        of("a-b", "c"),
        of("a", "b[x=1]"),
        of("a", "b~5b~x=1~5d~"),
        of("a", "b:1.1"),
        of("a", "é #%"),
    ]
    places = {step_place(step) for step in steps}
    assert len(places) == len(steps)
    assert not set("".join(places)) & set(" :#%[]é")
