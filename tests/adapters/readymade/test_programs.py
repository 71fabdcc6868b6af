"""A ready-made step as a command: lines for people, a report for gatekeeper, an exit code; nobody else's code in it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.adapters.local.command import arguments
from gatekeeper.adapters.readymade.documents import check_docs
from gatekeeper.adapters.readymade.program import main
from gatekeeper.model.outcome import NotStarted
from gatekeeper.model.plan import ReadyMade, ReadyMadeKind

FORBIDDEN = {"text": "master", "pattern": "", "reason": "it is main", "where": "prose"}
REQUIRED = {"text": "main", "pattern": "", "reason": "", "where": "everywhere", "file": "a.md"}


def run(kind: ReadyMadeKind, options: object, folder: Path, **environ: str) -> tuple[int, str, dict[str, Any]]:
    """The exit code, the output and the report of a step, run as gatekeeper runs it."""
    report = folder / "out" / "report.json"
    argv = arguments(ReadyMade(kind, json.dumps(options)), str(folder), tuple(environ.items()))
    assert not isinstance(argv, NotStarted)
    done = subprocess.run(
        argv,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "GATEKEEPER_REPORT": str(report), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    return done.returncode, done.stdout, json.loads(report.read_text())


def test_findings_are_lines_a_report_and_an_exit_code(tmp_path: Path) -> None:
    """The lines have a place, the report has counts, and both say the same."""
    (tmp_path / "a.md").write_text("the main branch\nand the master\n")
    options = {"files": ["*.md"], "forbidden": [FORBIDDEN], "required": [REQUIRED]}
    code, output, report = run("docs", options, tmp_path)
    assert (code, output) == (
        1,
        "a.md:2:9: 'master' may not stand here: it is main\ndocs: 2 checks, 1 passed, 1 failed\n",
    )
    assert (report["reportFormat"], report["results"]["tool"]["name"]) == ("CTRF", "gatekeeper")
    assert {key: report["results"]["summary"][key] for key in ("tests", "passed", "failed")} == {
        "tests": 2,
        "passed": 1,
        "failed": 1,
    }
    assert report["results"]["tests"] == [
        {
            "name": "without 'master'",
            "suite": ["a.md"],
            "status": "failed",
            "duration": 0,
            "message": "'master' may not stand here: it is main",
            "filePath": "a.md",
            "line": 2,
        },
        {"name": "with 'main'", "suite": ["a.md"], "status": "passed", "duration": 0},
    ]


def test_what_is_fine_ends_with_0(tmp_path: Path) -> None:
    """And says how much was looked at."""
    (tmp_path / "a.md").write_text("the main branch\n")
    code, output, _ = run("docs", {"files": ["*.md"], "forbidden": [FORBIDDEN], "required": []}, tmp_path)
    assert (code, output) == (0, "docs: 1 check, 1 passed\n")


def test_nothing_of_the_project_is_imported_in_its_place(tmp_path: Path) -> None:
    """A `json.py` or a `yaml.py` beside the step is the project's, and judges nobody."""
    for name in ("json", "yaml", "gatekeeper", "re"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(0)\n")
    code, output, _ = run(
        "environment", {"required": ["A"], "refuse_production": []}, tmp_path, PYTHONPATH=str(tmp_path)
    )
    assert (code, "A is not set" in output) == (1, True)


def test_no_value_of_the_environment_is_said(tmp_path: Path) -> None:
    """Neither in the lines nor in the report."""
    options = {"required": ["EMPTY", "THERE"], "refuse_production": ["URL", "UNSET"]}
    url = "postgres://admin:hunter2@orders.eu-west-1.rds.amazonaws.com/orders"
    code, output, report = run("environment", options, tmp_path, EMPTY=" ", THERE="hunter3", URL=url)
    assert code == 1
    assert output == (
        "EMPTY is empty; set it where gatekeeper is started, or in the step's `env:`\n"
        "URL is refused: its host o***.e***.***.amazonaws.com is a managed one, "
        "and neither it nor the database is named for tests\n"
        "environment: 4 checks, 2 passed, 2 failed\n"
    )
    assert "hunter" not in json.dumps(report)


@pytest.mark.parametrize("argv", [[], ["docs"], ["nosuch", "{}"], ["docs", "{"], ["docs", "[]"]])
def test_wrong_options_end_with_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """They are told, and there is no report that could be taken for one."""
    assert main(argv) == 2
    assert capsys.readouterr().err.startswith("gatekeeper: wrong options: ")


def test_nothing_checked_is_no_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """Zero checks are a finding, whatever the options were."""
    assert main(["environment", '{"required": [], "refuse_production": []}']) == 1
    assert capsys.readouterr().out == "nothing was checked\nenvironment: 1 check, 0 passed, 1 failed\n"


def test_documents_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not text, not there: each is a finding for every rule that it should have been held against."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.md").write_bytes(b"\xff\xfe")
    checks = check_docs(["*.md", "*.rst"], [FORBIDDEN], [REQUIRED, {**REQUIRED, "file": "none.md"}])
    assert [str(spot).replace(str(tmp_path), "HERE") for check in checks for spot in check.faults] == [
        "nothing matches '*.rst' in HERE; correct the glob, or remove it",
        "a.md: the file is not UTF-8 (at byte 0), and was not looked at",
        "a.md: the file is not UTF-8 (at byte 0), and was not looked at",
        "nothing matches 'none.md' in HERE; correct the glob, or remove it",
    ]
