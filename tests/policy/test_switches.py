"""Kill switches take help away, and nothing else: none makes a run greener."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.plan import FixerSpec, Shell, UntilGreen
from gatekeeper.policy.switches import Switch, allowed, switches_in

SETS = [frozenset(chosen) for count in range(len(Switch) + 1) for chosen in combinations(Switch, count)]
HELPED = UntilGreen(mitigate=("port_in_use",), fixer=FixerSpec(Shell("./fix.sh")), retry_unchanged=2, retry_infra=3)


@pytest.mark.parametrize(
    ("value", "in_force"),
    [("1", True), ("yes", True), ("false", True), (" ", True), ("00", True), ("0", False), ("", False)],
)
@pytest.mark.parametrize("switch", Switch)
def test_anything_but_nothing_and_0_turns_help_off(switch: Switch, value: str, in_force: bool) -> None:
    """Who writes `false` meant to say something: help is left off where there is doubt."""
    assert switches_in({switch.variable: value}) == ((switch,) if in_force else ())


def test_the_variables_are_those_of_the_documentation() -> None:
    """Without them nothing is turned off."""
    names = ["GATEKEEPER_NO_MITIGATE", "GATEKEEPER_NO_FIXER", "GATEKEEPER_NO_NOTIFY", "GATEKEEPER_NO_RETRY"]
    assert [switch.variable for switch in Switch] == names
    assert switches_in({}) == switches_in({"NO_FIXER": "1", "GATEKEEPER_FIXER": "0"}) == ()


@pytest.mark.parametrize("switches", SETS, ids=lambda chosen: "+".join(sorted(chosen)) or "none")
def test_each_switch_takes_its_own_help_away(switches: frozenset[Switch]) -> None:
    """What is not turned off stays as the cycle has it."""
    policy = allowed(HELPED, frozenset(switches))
    assert policy.mitigate == (() if Switch.NO_MITIGATE in switches else HELPED.mitigate)
    assert policy.fixer == (None if Switch.NO_FIXER in switches else HELPED.fixer)
    retries = (0, 0) if Switch.NO_RETRY in switches else (2, 3)
    assert (policy.retry_unchanged, policy.retry_infra) == retries


POLICIES = st.builds(
    UntilGreen,
    rounds=st.integers(1, 9),
    within_s=st.floats(1, 1e6),
    round_within_s=st.none() | st.floats(1, 1e6),
    flaky=st.sampled_from(["fail", "warn", "pass"]),
    retry_unchanged=st.integers(0, 5),
    retry_infra=st.integers(0, 5),
    confirm=st.integers(0, 3),
    mitigate=st.sampled_from([(), ("port_in_use",)]),
    prove_fix=st.sampled_from(["always", "fixer", "never"]),
    fixer=st.sampled_from([None, HELPED.fixer]),
)


@given(POLICIES, st.sampled_from(SETS))
def test_no_switch_asks_less_of_a_green(policy: UntilGreen, switches: frozenset[Switch]) -> None:
    """What a pass has to be is the same, there is no more time and no more help than without."""
    left = allowed(policy, frozenset(switches))
    same = ("rounds", "within_s", "round_within_s", "flaky", "confirm", "prove_fix")
    assert all(getattr(left, name) == getattr(policy, name) for name in same)
    assert left.retry_unchanged <= policy.retry_unchanged
    assert left.retry_infra <= policy.retry_infra
    assert set(left.mitigate) <= set(policy.mitigate)
    assert left.fixer in {None, policy.fixer}
