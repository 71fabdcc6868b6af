"""What `gatekeeper doctor` says of what runs by itself."""

from __future__ import annotations

import pytest

from gatekeeper.model.machine import Nightly, Unanswered
from gatekeeper.policy.diagnosis_rows import Grade
from gatekeeper.policy.nightly_diagnosed import nightly_rows

CALLS = ("nightly from the crontab",)


@pytest.mark.parametrize(
    ("nightly", "grade", "told"),
    [
        (Nightly(), Grade.NOTE, "no cycle of this project runs by itself"),
        (Nightly(problem="there is no crontab(1) here"), Grade.NOTE, "there is no crontab(1) here"),
        (Nightly(CALLS, by_cron=True, daemon="cron, pid 7"), Grade.OK, "nightly from the crontab (cron, pid 7)"),
        (Nightly(CALLS, by_cron=True), Grade.LOOK, "nightly from the crontab; but no cron daemon runs"),
        (Nightly(("nightly from x.timer",), lingers=True), Grade.OK, "nightly from x.timer"),
        (Nightly(("nightly from x.timer",), lingers=False), Grade.LOOK, "but only while you are logged in"),
        (Unanswered("no answer within 10 s"), Grade.NOTE, "could not be found out: no answer within 10 s"),
    ],
)
def test_each_thing_that_can_be_the_matter(nightly: Nightly | Unanswered, grade: Grade, told: str) -> None:
    (row,) = nightly_rows(nightly)
    assert row.grade is grade
    assert told in row.found


def test_outside_of_a_project_there_is_nothing_to_say() -> None:
    assert nightly_rows(None) == ()


def test_runs_that_are_missing_have_a_line_of_their_own() -> None:
    _, row = nightly_rows(Nightly(CALLS, by_cron=True, daemon="cron, pid 7", missing=("nightly was due", "smoke too")))
    assert (row.grade, row.name, row.found) == (Grade.LOOK, "missing runs", "nightly was due; smoke too")
