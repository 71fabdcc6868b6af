"""Thirteen public projects as they stood: what is proposed for each passes `check`, has a sensible plan, and says why.

Of each there are the names of its files, and the facts of its manifests that a detector reads, written anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from gatekeeper.adapters.definition.drafting.writing import write_draft
from gatekeeper.adapters.definition.lint import lint
from gatekeeper.adapters.surveying.manifests import survey
from gatekeeper.model.plan import Gate, Plan, Tier
from gatekeeper.policy.surveying.definition import ABOUT, draft
from gatekeeper.policy.surveying.proposing import Proposed, propose
from gatekeeper.policy.surveying.survey import Survey
from tests.adapters.definition.definitions import plan_of

PROJECTS = Path(__file__).with_name("projects")
NAMES = sorted(folder.name for folder in PROJECTS.iterdir())


def known(name: str) -> Survey:
    """The survey of a project: its names are all there, of its manifests those that were kept."""
    _, *files = (PROJECTS / name / "files.txt").read_text(encoding="utf-8").splitlines()
    return survey(str(PROJECTS / name / "manifests"), name, files)._replace(skipped=())


def proposal(name: str) -> str:
    """The definition that is proposed for it."""
    seen = known(name)
    found = propose(seen)
    assert isinstance(found, Proposed)
    return write_draft(draft(name, seen, found, {}), ".", ABOUT)


def gate(plan: Plan, name: str) -> Gate:
    """One of its gates."""
    return next(each for each in plan.gates if each.name == name)


@pytest.mark.parametrize("name", NAMES)
def test_its_proposal(name: str, snapshot: SnapshotAssertion, tmp_path: Path) -> None:
    """The text as its maintainer reads it; nothing in it is dangerous, and it is the same every time."""
    text = proposal(name)
    assert text == snapshot
    file = tmp_path / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    plan = plan_of(text)
    assert [f"{found.rule}: {found.message}" for found in lint(str(file), plan)] == []
    assert proposal(name) == text


def test_every_place_is_right() -> None:
    """The line that a key names holds a word of what it is about: flask's tools stand where their tables begin."""
    lines = (PROJECTS / "flask" / "manifests" / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    places = re.findall(r"([\w-]+):\n +run: .* from pyproject\.toml:(\d+)", proposal("flask"))
    said = {name: lines[int(number) - 1] for name, number in places}
    assert said == {
        "pyright": "[tool.pyright]",
        "mypy": "[tool.mypy]",
        "ruff-check": "[tool.ruff]",
        "pytest": "[tool.pytest.ini_options]",
    }


COUNTED = {
    "clap": False,
    "cobra": True,
    "express": True,
    "flask": True,
    "monolog": True,
    "pdm": True,
    "poetry": True,
    "react-native-cli": False,
    "rubocop": False,
    "serilog": False,
    "spring-petclinic": True,
    "vue": True,
    "wild-workouts": True,
}
"""Whether the tests are counted: what the project has installed writes a report that is read, or it says why not."""


@pytest.mark.parametrize("name", NAMES)
def test_its_plan(name: str) -> None:
    """Its suite is required, comes after what installs and builds, and is counted where its runner can report."""
    plan = plan_of(proposal(name))
    tests = gate(plan, "tests")
    before = {each.name for each in plan.gates[: plan.gates.index(tests)]}
    assert tests.tier is Tier.REQUIRED
    assert {"install", "build"} & before <= set(tests.needs)
    assert {step.timeout_class for step in tests.steps} == {"suite"}
    assert {step.report is not None for step in tests.steps} == {COUNTED[name]}
