"""Reports of runs before this one, as a whole gatekeeper meets them."""

from __future__ import annotations

import shutil

from tests.adapters.testreports.reading import SAMPLES
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import git

CYCLE = """
until_green: {rounds: 1}
gates:
  suite:
    steps:
      written: {run: "printf '1..1\\\\nok 1 - a\\\\n' > reports/a.tap", report: {tap: "reports/*.tap"}}
      crashed: {run: "true", report: {tap: "left/*.tap"}}
      touched: {run: "touch samples/old.pytest.json", report: {pytest_json: "samples/*.json"}}
"""


def test_old_reports_go_and_samples_stay(tiny: MakeTiny) -> None:
    """What is under version control is never removed, and never a new report for being touched."""
    project = tiny(CYCLE)
    for folder in ("reports", "left", "samples"):
        (project.root / folder).mkdir()
    (project.root / "left/old.tap").write_text("1..1\nok 1 - a\n")
    shutil.copyfile(SAMPLES / "deselected.pytest.json", project.root / "samples/old.pytest.json")
    git(project.root, "init", "-q")
    git(project.root, "add", "samples")
    for _ in range(2):  # the second run finds what the first one left
        project.gatekeeper("run", "tiny").expect(3)
        journal = project.journals()[-1]
        assert journal.verdicts() == {
            "suite/written": "passed",
            "suite/crashed": "error",
            "suite/touched": "error",
        }
    assert not (project.root / "left/old.tap").exists()
    assert (project.root / "samples/old.pytest.json").exists()
    [crashed] = journal.last("step.finished", step="crashed")["findings"]
    assert crashed["kind"] == "report-missing"
    [touched] = journal.last("step.finished", step="touched")["findings"]
    assert touched["kind"] == "report-stale"
    assert touched["message"].startswith("samples/old.pytest.json has the same content, times and all, as a report")
