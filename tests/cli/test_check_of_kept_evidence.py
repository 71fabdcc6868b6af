"""`gatekeeper check` looks at what stands beside the definitions, too: the quarantine and the baselines."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.adapters.definition.loading import load
from gatekeeper.cli.baselines.steps import asked_for
from gatekeeper.cli.kept_evidence import missing_baselines
from gatekeeper.cli.main import run
from gatekeeper.model.plan import StepId

CYCLE = """\
gatekeeper: 1
cycle: app
gates:
  suite:
    steps:
      unit: {run: make test, report: {junit: "*.xml"}, baseline: {}}
      measured: {run: make test, report: {junit: "*.xml"}, baseline: {ref: main, measure: true}}
      totals: {run: make test, report: {junit: "*.xml"}, baseline: {skipped: 3}}
      covered: {run: make test, coverage: {file: c.json, lines: -1}}
      floor: {run: make test, coverage: {file: c.json, lines: 80}}
      number: {run: make test, metrics: {kb: {file: size.txt, tolerance: 1%}}}
"""
FILE = "gates/baselines/app/suite.unit.json"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "gates" / "baselines" / "app").mkdir(parents=True)
    (tmp_path / "gates" / "app.yaml").write_text(CYCLE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_quarantine_that_cannot_be_read_is_a_wrong_definition(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also when asked from a folder below, and named as it is from there."""
    assert run(["check"]) in {0, 1}
    (root / "gates" / "quarantine.yaml").write_text("- test: a::b\n  owner: ada\n")
    (root / "below").mkdir()
    monkeypatch.chdir(root / "below")
    capsys.readouterr()
    assert run(["check", "app"]) == 78
    told = capsys.readouterr().out
    assert "../gates/quarantine.yaml:1:3" in told
    assert "the entry has no `expires`" in told


def test_a_baseline_that_a_merge_broke_is_told_with_its_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / FILE).write_text("{\n<<<<<<< HEAD\n}\n")
    assert run(["check"]) == 78
    assert f"{FILE}:2:1" in capsys.readouterr().out


def test_what_must_be_there_and_is_not_is_a_finding(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of steps that compare with a file; not of those that measure, or that bound totals only."""
    plan = load(str(root / "gates" / "app.yaml"), root=str(root))
    missing = missing_baselines(str(root), plan)
    assert [one.step for one in missing] == [StepId("suite", name) for name in ("unit", "covered", "number")]
    assert missing[0].why == f"the step is compared with {FILE}, which is not there"
    assert missing[0].how == "gatekeeper baseline accept app --step suite/unit --reason TEXT"
    assert run(["check"]) == 1
    assert missing[0].how in capsys.readouterr().out
    (root / FILE).write_text("broken is not missing")
    assert len(missing_baselines(str(root), plan)) == 2


def test_a_baseline_that_no_run_could_measure_is_told_before_one_tries(root: Path) -> None:
    """A service is not brought up on another commit; the hint says what to do instead."""
    (root / "gates" / "kept.yaml").write_text(
        "gatekeeper: 1\ncycle: kept\ngates:\n  up: {steps: {api: {run: ./up.sh, keep: api}}}\n"
        "  suite: {needs: [up], steps: {unit: {run: x, report: {tap: a}, baseline: {ref: main, measure: true}}}}\n"
    )
    (told,) = missing_baselines(str(root), load(str(root / "gates" / "kept.yaml"), root=str(root)))
    assert told.why.startswith("its baseline cannot be measured on main: it needs up/api, whose service api")
    assert told.how.startswith("record a baseline instead")


def test_a_matrix_step_without_its_combination_stands_for_all_of_them(root: Path) -> None:
    """As `run --only` takes it."""
    step = "run: x, matrix: {v: [1, 2]}, report: {junit: a.xml}, baseline: {}"
    (root / "gates" / "many.yaml").write_text(
        f"gatekeeper: 1\ncycle: many\ngates: {{s: {{steps: {{unit: {{{step}}}, other: {{run: x}}}}}}}}\n"
    )
    found = asked_for("many", ["s/unit"], to_record=True)
    assert [str(each.id) for each in found.steps] == ["s/unit[v=1]", "s/unit[v=2]"]
