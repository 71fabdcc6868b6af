"""Who has what for itself, and for how long: never does anybody wait for one thing while having another."""

from __future__ import annotations

from gatekeeper.model.plan import Gate, Plan, Shell, Step, StepId
from gatekeeper.policy.claims import NOTHING_CLAIMED, Claims, claims_of


def step(name: str, *locks: str, needs: tuple[StepId, ...] = (), keep: str | None = None) -> Step:
    gate, _, own = name.partition("/")
    return Step(gate, own, Shell("true"), 60.0, locks=locks, needs=needs, keep=keep)


def plan(*gates: Gate, locks: tuple[str, ...] = ()) -> Plan:
    return Plan("c", "gates/c.yaml", "sha256:0", gates, locks=locks)


def claims(cycle: Plan, *, only: str = "") -> Claims:
    steps = [each.id for gate in cycle.gates for each in gate.steps if str(each.id).startswith(only)]
    return claims_of(cycle, steps, lambda name: name.replace("${vars.db}", "db"))


A = Gate("a", (step("a/one", "db"), step("a/two")))
B = Gate("b", (step("b/one", "files"), step("b/two")), locks=("${vars.db}",))


def test_nothing_is_claimed_where_nobody_names_anything() -> None:
    found = claims(plan(Gate("a", (step("a/one"),))))
    assert found == NOTHING_CLAIMED
    assert found.are_none


def test_a_step_has_its_own_and_a_gate_also_what_its_steps_name() -> None:
    assert claims(plan(A, B)) == Claims((), {"b": ("db", "files")}, {StepId("a", "one"): ("db",)})


def test_a_cycle_that_names_some_has_everything_from_the_start() -> None:
    assert claims(plan(A, B, locks=("x",))) == Claims(("db", "files", "x"))


def test_what_belongs_to_a_service_is_had_to_the_end_of_the_run() -> None:
    server = Gate("s", (step("s/up", "port:8080", keep="server"),))
    assert claims(plan(A, server)) == Claims(("db", "port:8080"))
    behind = Gate("s", (step("s/up", keep="server"),), locks=("port:8080",))
    assert claims(plan(A, behind)) == Claims(("db", "port:8080"))
    elsewhere = Gate("s", (step("s/up", keep="server"),))
    assert claims(plan(A, elsewhere)).steps == {StepId("a", "one"): ("db",)}


def test_a_gate_that_waits_in_its_midst_for_another_has_it_all_from_the_start() -> None:
    """Otherwise the other one might need what this one has."""
    waits = Gate("w", (step("w/one"), step("w/two", needs=(StepId("a", "one"),))), locks=("db",))
    assert claims(plan(A, waits)) == Claims(("db",))


def test_only_what_is_selected_counts() -> None:
    assert claims(plan(A, B), only="a/") == Claims((), {}, {StepId("a", "one"): ("db",)})
    assert claims(plan(A, B), only="b/two") == Claims((), {"b": ("db",)}, {})
