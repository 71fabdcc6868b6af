"""Which old runs go: by age, then for the bound, and never one that is in use."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.pruning import PastRun, PruneTerms, plan_prune

DAY = 86_400.0
TERMS = PruneTerms(30 * DAY, 180 * DAY)


def going(runs: list[PastRun], terms: PruneTerms = TERMS) -> list[str]:
    return [run.run for run, _ in plan_prune(runs, terms).going]


def test_red_ones_stay_longer_than_green_ones() -> None:
    verdicts = ("green", "green-after-fix", "aborted", "red", "flaky", "inconclusive")
    runs = [PastRun(verdict, verdict, 31 * DAY, 1) for verdict in verdicts]
    assert set(going(runs)) == {"green", "green-after-fix", "aborted"}
    assert len(going([run._replace(age_s=181 * DAY) for run in runs])) == 6


def test_for_the_bound_the_oldest_green_ones_go_first_and_no_more_than_is_needed() -> None:
    runs = [
        PastRun("old-red", "red", 20 * DAY, 100),
        PastRun("new-green", "green", 1 * DAY, 100),
        PastRun("old-green", "green", 10 * DAY, 100),
    ]
    assert going(runs, TERMS._replace(most=300)) == []
    assert going(runs, TERMS._replace(most=299)) == ["old-green"]
    assert going(runs, TERMS._replace(most=199)) == ["old-green", "new-green"]
    assert going(runs, TERMS._replace(most=0)) == ["old-red", "old-green", "new-green"]


def test_what_is_in_use_never_goes_and_the_rest_of_the_bound_is_told() -> None:
    runs = [PastRun("used", "green", 999 * DAY, 70, "it goes on"), PastRun("free", "green", 1 * DAY, 50)]
    plan = plan_prune(runs, TERMS._replace(most=40))
    assert [run.run for run, _ in plan.going] == ["free"]
    assert plan.over == 30


runs_of_any_kind = st.lists(
    st.builds(
        PastRun,
        st.uuids().map(str),
        st.sampled_from(["green", "red", "flaky", "aborted", ""]),
        st.floats(-DAY, 400 * DAY),
        st.integers(0, 100),
        st.sampled_from(["", "", "it goes on"]),
    )
)


@given(runs_of_any_kind, st.none() | st.integers(0, 500))
def test_nothing_goes_without_a_reason(runs: list[PastRun], most: int | None) -> None:
    """Used ones stay; what stays is within the bound, or all that could go went."""
    plan = plan_prune(runs, TERMS._replace(most=most))
    gone = {run for run, _ in plan.going}
    assert not any(run.used for run in gone)
    stays = sum(run.size for run in runs if run not in gone)
    if most is None:
        assert all(run.age_s > 30 * DAY for run in gone)
    else:
        assert stays - plan.over <= most
        assert not plan.over or all(run.used or not run.size or run in gone for run in runs)
