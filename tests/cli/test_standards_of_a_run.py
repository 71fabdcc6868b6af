"""What the steps of a run are held against: read before anything runs, and a problem is never "nothing to compare"."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.baselines.naming import baseline_file
from gatekeeper.adapters.baselines.writing import baseline_text
from gatekeeper.adapters.definition.loading import load
from gatekeeper.adapters.repos.at_ref import AtRef
from gatekeeper.cli.standards import ReadStandards, read_standards
from gatekeeper.model.baseline import NO_STANDARD, Baseline, BaselineProblem, RecordedBaseline, Standard
from gatekeeper.model.plan import Plan, Shell, Step, StepId
from tests.cli.test_what_a_run_imports import imported
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import git

UNIT = StepId("suite", "unit[python=3.11]")
FILE = baseline_file("app", UNIT)
CYCLE = """\
gatekeeper: 1
cycle: app
gates:
  suite:
    steps:
      unit: {run: "true", matrix: {python: ["3.11"]}, report: {junit: "*.xml"}, baseline: {REF}}
      totals: {run: "true", report: {junit: "*.xml"}, baseline: {skipped: 3}}
"""
QUARANTINE = "- {test: 'a::b', owner: ada, reason: late, ticket: '#1', expires: 2026-03-31}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / FILE).parent.mkdir(parents=True)
    record(tmp_path, "one")
    (tmp_path / "gates" / "quarantine.yaml").write_text(QUARANTINE)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    return tmp_path


def record(root: Path, *tests: str) -> None:
    baseline = Baseline("", "", dict.fromkeys(tests, "passed"))
    (root / FILE).write_bytes(baseline_text(RecordedBaseline("app", str(UNIT), baseline)))


def plan_of(root: Path, ref: str = "") -> Plan:
    path = root / "gates" / "app.yaml"
    path.write_text(CYCLE.replace("REF", f"ref: {ref}" if ref else ""))
    return load(str(path), root=str(root))


def standard(root: Path, ref: str = "", step: StepId = UNIT, source: AtRef | None = None) -> Standard:
    plan = plan_of(root, ref)
    steps = [step for gate in plan.gates for step in gate.steps]
    return read_standards(plan, steps, root=str(root), source=source, today="2026-02-18")[step]


def problem(found: Standard) -> str:
    assert isinstance(found.baseline, BaselineProblem)
    return found.baseline.message


def test_a_step_is_held_against_its_file_and_the_quarantine(root: Path) -> None:
    found = standard(root)
    assert isinstance(found.baseline, Baseline)
    assert found.baseline.tests == {"one": "passed"}
    assert found.baseline.origin == FILE
    assert [(entry.test, entry.line) for entry in found.quarantine] == [("a::b", 1)]
    assert found.today == "2026-02-18"
    assert standard(root, step=StepId("suite", "totals")).baseline is None


def test_a_step_that_edits_its_baseline_in_mid_run_does_not_profit(root: Path) -> None:
    plan = plan_of(root)
    steps = [step for gate in plan.gates for step in gate.steps]
    standards = ReadStandards(read_standards(plan, steps, root=str(root), today=""), None)
    record(root, "two")
    found = anyio.run(standards.of, steps[0])
    assert isinstance(found.baseline, Baseline)
    assert found.baseline.tests == {"one": "passed"}
    assert anyio.run(standards.of, Step("teardown", "x", Shell("true"), 1.0)) == NO_STANDARD


def test_with_a_ref_the_file_counts_as_it_stands_there(root: Path) -> None:
    """Whatever lies in the working tree; and all can be taken from a ref."""
    record(root, "one", "two")
    (root / "gates" / "quarantine.yaml").write_text("broken")
    at_ref = standard(root, ref="main").baseline
    assert isinstance(at_ref, Baseline)
    assert at_ref.tests == {"one": "passed"}
    assert at_ref.origin.startswith(f"{FILE} at main (")
    judged_by = standard(root, source=AtRef(str(root), "main"))
    assert isinstance(judged_by.baseline, Baseline)
    assert judged_by.baseline.tests == {"one": "passed"}
    assert judged_by.quarantine
    assert not judged_by.quarantine_problem


def test_what_is_not_there_says_how_to_make_it(root: Path) -> None:
    (root / FILE).unlink()
    told = problem(standard(root))
    assert f"the baseline {FILE} is not there; record it from a run" in told
    assert "gatekeeper baseline accept app --step 'suite/unit[python=3.11]' --reason TEXT" in told
    git(root, "commit", "--quiet", "--all", "--message", "gone")
    at_ref = problem(standard(root, ref="HEAD"))
    assert "is not there at HEAD (" in at_ref
    assert "commit it, and merge it there: gatekeeper baseline accept" in at_ref


def test_a_ref_that_is_not_known_is_a_problem(root: Path) -> None:
    assert "the ref 'origin/main' is not known" in problem(standard(root, ref="origin/main"))


def test_a_quarantine_that_cannot_be_read_is_a_problem(root: Path) -> None:
    (root / "gates" / "quarantine.yaml").write_text("- {test: a}\n")
    found = standard(root)
    assert found.quarantine == ()
    assert found.quarantine_problem.startswith("gates/quarantine.yaml:1:3")
    (root / "gates" / "quarantine.yaml").unlink()
    (root / "gates" / "quarantine.yaml").mkdir()
    assert "not a regular file" in standard(root).quarantine_problem


def test_a_run_without_evidence_imports_nothing_of_it(tiny: MakeTiny) -> None:
    found = imported(tiny("gates:\n  a:\n    steps:\n      one: {run: 'true'}\n"), "run", "tiny")
    ours = ("gatekeeper.adapters.baselines", "gatekeeper.cli.standards", "gatekeeper.adapters.repos.at_ref")
    assert {name for name in found["end"] if name.startswith(ours)} == set()
