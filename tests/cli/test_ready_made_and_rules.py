"""What people see of ready-made steps in a plan, and of the rules on honest verdicts in a check."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from gatekeeper.adapters.definition.reading import read_plan
from gatekeeper.cli.main import run

ROOT = Path(__file__).resolve().parents[2]
HASTY = """\
gatekeeper: 1
cycle: hasty
gates:
  suite:
    steps:
      unit:
        run: |
          npx jest --passWithNoTests
          pytest --reruns 2 -k "not slow" || [ $? -eq 5 ]
          ruff check --exit-zero
        report: {junit: "**/*.xml", optional: true}
        env: {SKIP_TESTS: "1", DATABASE_URL: "postgres://app:hunter2@orders.eu-west-1.rds.amazonaws.com/orders"}
      again:
        run: ./check.sh
        rerun: ./check.sh {failed}
"""


def example() -> str:
    """The definition that the runbook begins with, with its head."""
    text = (ROOT / "runbooks/ready-made-steps.md").read_text(encoding="utf-8")
    return "gatekeeper: 1\ncycle: drift\n" + text.partition("```yaml\n")[2].partition("```")[0]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, and us in it, away from any terminal."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "CLICOLOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "gates").mkdir()
    return tmp_path


def test_a_plan_says_what_is_checked(
    project: Path, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    """In one line each. It is the runbook's example, as it stands there."""
    (project / "gates/drift.yaml").write_text(example())
    assert run(["check"]) == 0
    capsys.readouterr()
    assert run(["plan", "drift"]) == 0
    assert capsys.readouterr().out == snapshot


def test_a_check_names_what_makes_a_green_worth_nothing(
    project: Path, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    """Rule, line, reason, and what to do instead; no value of a variable is said."""
    (project / "gates/hasty.yaml").write_text(HASTY)
    assert run(["check"]) == 1
    said = capsys.readouterr().out
    assert said == snapshot
    assert "hunter2" not in said


def test_the_schema_takes_the_runbooks_example() -> None:
    """And so does the loader."""
    plan = read_plan(example().encode(), source="gates/drift.yaml", shown="gates/drift.yaml", digest="sha256:0")
    assert [step.name for step in plan.gates[0].steps] == ["code", "docs", "api", "environment"]
