"""The definitions that a stranger meets first, in gates/ and in the README, are ones that this version takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gatekeeper.adapters.definition.loading import compile_bytes, load
from gatekeeper.model.plan import Argv

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("cycle", ["backend-cycle", "gatekeeper"])
def test_what_lies_in_gates_is_taken(cycle: str) -> None:
    """A fresh clone has no definition that its own gatekeeper refuses."""
    plan = load(str(ROOT / "gates" / f"{cycle}.yaml"), root=str(ROOT))
    assert plan.cycle == cycle
    assert all(step.timeout_s > 0 for gate in plan.gates for step in gate.steps)


def test_the_readmes_examples_are_taken_as_they_stand() -> None:
    """Whoever copies them into gates/ has a plan, not a list of problems: a whole definition, and a part for one."""
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    whole, part = blocks
    plan = compile_bytes(whole.encode(), "gates/backend.yaml", root=str(ROOT))
    assert [gate.name for gate in plan.gates] == ["stack", "negative-paths", "suite"]
    assert plan.gates[2].steps[0].timeout_s == 900
    whole = re.sub(r"^until_green: .*\n", part, whole, flags=re.MULTILINE)
    fixer = compile_bytes(whole.encode(), "gates/backend.yaml", root=str(ROOT)).until_green.fixer
    assert fixer is not None
    assert (fixer.calls, fixer.cwd) == (3, "${repo.backend.path}")


def test_gatekeepers_own_gate_asks_for_all_that_make_check_asks_for() -> None:
    """Every part of `make check` is a step of gates/gatekeeper.yaml, so that neither is greener than the other."""
    parts = re.search(r"^check: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert parts is not None
    plan = load(str(ROOT / "gates/gatekeeper.yaml"), root=str(ROOT))
    commands = [step.work for gate in plan.gates for step in gate.steps]
    for part in parts[1].split():
        assert Argv(("make", part)) in commands
