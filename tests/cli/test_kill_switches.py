"""Help is turned off from outside, that is in the journal, and nothing is greener for it."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.policy.switches import Switch
from tests.support.project_fixtures import MakeTiny

SECOND_TIME = """\
until_green: {retry_unchanged: 1}
notify: [{to: "nobody", on: [red, flaky]}]
gates: {g: {steps: {s: {run: 'test -e "$BEACONS/seen" || { touch "$BEACONS/seen"; exit 1; }'}}}}
"""
RED = "gates: {g: {steps: {s: {run: exit 1}}}}\n"
ALL: dict[str, Any] = {switch.variable: "1" for switch in Switch}


def test_without_retries_a_flake_is_red(tiny: MakeTiny) -> None:
    """Nobody tried again, so nobody knows better; which help was off stands at the beginning of the journal."""
    project = tiny(SECOND_TIME)
    project.gatekeeper("run", "tiny", GATEKEEPER_NO_RETRY="1").expect(1)
    assert project.journal.last("run.started")["switches"] == ["no-retry"]
    assert project.journal.end["rounds"] == 1


def test_with_retries_it_is_flaky(tiny: MakeTiny) -> None:
    """`0` turns nothing off."""
    project = tiny(SECOND_TIME)
    project.gatekeeper("run", "tiny", GATEKEEPER_NO_RETRY="0").expect(4)
    assert project.journal.last("run.started")["switches"] == []


def test_nobody_is_told_where_nobody_is_to_be(tiny: MakeTiny) -> None:
    """Not even that nobody was there to be told."""
    project = tiny(SECOND_TIME)
    assert "the notification to ••• failed" in project.gatekeeper("run", "tiny").err
    (project.temporary / "seen").unlink()
    assert project.gatekeeper("run", "tiny", GATEKEEPER_NO_NOTIFY="1").err == ""


@pytest.mark.parametrize("switch", [*(pytest.param(each, marks=pytest.mark.slow) for each in Switch), None], ids=str)
def test_red_stays_red(tiny: MakeTiny, switch: Switch | None) -> None:
    """With each of them, and with all."""
    project = tiny(RED)
    env = ALL if switch is None else {switch.variable: ALL[switch.variable]}
    project.gatekeeper("run", "tiny", **env).expect(1)
    assert project.journal.last("run.started")["switches"] == [each.value for each in Switch if switch in {each, None}]
