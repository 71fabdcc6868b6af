"""The report page: numbers against their targets."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.model.baseline import Measured
from gatekeeper.model.events import RoundStarted, StepFinished
from gatekeeper.policy.fold import fold
from gatekeeper.policy.page.gauges import Gauge, gauges_of
from tests.adapters.executionlog.log_telling import RUN, TREE, Story, started


def gauges(*attempts: tuple[Measured, ...]) -> tuple[Gauge, ...]:
    story = Story().tell(started(), RoundStarted(1, "first", TREE, 1))
    story.tell(*(StepFinished("a", "b", 1, n, "passed", measured=each) for n, each in enumerate(attempts, 1)))
    return gauges_of(fold(RUN, story.entries))


STATES = [
    (Measured("n", 5.0, bound=4.0), "bad"),
    (Measured("n", None, bound=4.0), "bad"),
    (Measured("n", 5.0, target=4.0), "short"),
    (Measured("n", 3.0, bound=4.0, target=3.0), "good"),
    (Measured("n", 5.0, "higher", target=4.0), "good"),
    (Measured("n", None), "good"),
]


def test_how_a_number_stands() -> None:
    """Beyond its bound, short of its target, or good; without a number, a bound is not kept."""
    for number, state in STATES:
        (gauge,) = gauges((number,))
        assert gauge.state == state, number


def test_the_worst_comes_first_with_its_history() -> None:
    fine, bad = Measured("fine", 1.0), Measured("bad", 9.0, bound=8.0)
    found = gauges((fine, bad._replace(value=7.0)), (fine, bad))
    assert [gauge.measured.name for gauge in found] == ["bad", "fine"]
    assert found[0].history == (7.0, 9.0)


@pytest.mark.parametrize(
    "fields",
    [
        {"value": 83.0, "unit": "%"},
        {"value": -5.0, "bound": 2.0},
        {"value": 0.0},
        {"value": None},
        {"value": 240.0, "target": 1000.0, "baseline": -3.0},
    ],
)
def test_all_of_a_number_is_on_its_scale(fields: dict[str, Any]) -> None:
    (gauge,) = gauges((Measured("n", **fields),))
    known = [value for name in ("value", "bound", "target", "baseline") if (value := fields.get(name)) is not None]
    assert all(0.0 <= gauge.share(value) <= 1.0 for value in known)
    assert all(gauge.low <= value <= gauge.top for value in known)
