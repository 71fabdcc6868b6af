"""`hook:` says which cycle judges a push to which branch."""

from __future__ import annotations

import pytest

from gatekeeper.adapters.definition.codec import decode_plan, encode_plan
from gatekeeper.adapters.definition.loading import compile_bytes
from gatekeeper.model.errors import DefinitionError
from gatekeeper.model.plan import Plan

GATES = "gates: {g: {steps: {s: {run: 'echo ${env:A} ${env:B:-b}'}}}}\n"


def plan_of(text: str) -> Plan:
    return compile_bytes(f"gatekeeper: 1\ncycle: c\n{text}{GATES}".encode(), "c.yaml", root="/")


def test_it_is_read_in_the_order_written_and_kept() -> None:
    plan = plan_of('hook: {main: full, "feature/*": quick, "refs/tags/*": none}\n')
    assert plan.hook == (("main", "full"), ("feature/*", "quick"), ("refs/tags/*", "none"))
    assert decode_plan(encode_plan(plan)) == plan
    assert plan_of("").hook == ()


@pytest.mark.parametrize(
    "written", ["hook: full\n", "hook: {main: Full Cycle}\n", "hook: {main: null}\n", "hook: [main]\n"]
)
def test_what_is_no_map_to_cycles_is_refused(written: str) -> None:
    with pytest.raises(DefinitionError):
        plan_of(written)


def test_variables_with_a_default_are_known_too() -> None:
    """They decide what is run, and so whether a verdict holds."""
    plan = plan_of("")
    assert (plan.environment, plan.defaulted) == (("A",), ("B",))
