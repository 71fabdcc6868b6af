"""The definitions that a stranger meets first, in gates/ and in the README, are ones that this version takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gatekeeper.adapters.definition.loading import compile_bytes, load

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("cycle", ["backend-cycle", "gatekeeper"])
def test_what_lies_in_gates_is_taken(cycle: str) -> None:
    """A fresh clone has no definition that its own gatekeeper refuses."""
    plan = load(str(ROOT / "gates" / f"{cycle}.yaml"), root=str(ROOT))
    assert plan.cycle == cycle
    assert all(step.timeout_s > 0 for gate in plan.gates for step in gate.steps)


def test_the_readmes_example_is_taken_as_it_stands() -> None:
    """Whoever copies the README's definition into gates/ has a plan, not a list of problems."""
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 1
    plan = compile_bytes(blocks[0].encode(), "gates/backend.yaml", root=str(ROOT))
    assert [gate.name for gate in plan.gates] == ["stack", "negative-paths", "suite"]
    assert plan.gates[2].steps[0].timeout_s == 900


def test_the_steps_of_gatekeepers_own_gate_are_what_make_check_runs() -> None:
    """gates/gatekeeper.yaml and `make check` ask for the same, so that neither is greener than the other."""
    recipes = (ROOT / "Makefile").read_text(encoding="utf-8")
    definition = (ROOT / "gates/gatekeeper.yaml").read_text(encoding="utf-8")
    for tool in ("ruff", "mypy", "check_lock.py"):
        assert tool in recipes
        assert tool in definition
