"""`gatekeeper show`: one run in a few lines, or as one JSON object."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gatekeeper.cli.main import run
from tests.adapters.executionlog import log_stories as stories
from tests.adapters.executionlog import log_telling as telling
from tests.adapters.executionlog.evidence_stories import evidence
from tests.adapters.executionlog.flaky_stories import remembered
from tests.adapters.executionlog.red_stories import red_with_timeout_and_stray
from tests.cli.past_runs import PastRun


@pytest.fixture(autouse=True)
def _back_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_newest_run_is_shown_with_what_failed_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    past = PastRun(tmp_path, red_with_timeout_and_stray())
    assert run(["show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{telling.RUN}  Backend quality gate"
    assert any(line.startswith("❌ Red: a required step still fails") for line in lines)
    assert "⏱️ smoke/auth-onboarding: timed-out" in lines
    assert "    repeat    gatekeeper run backend-cycle --only suite/npm-test" in lines
    assert f"log      {past.log}" in lines
    assert f"journal  {past.journal}" in lines


def test_the_json_object_has_the_facts_under_the_journals_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The fields of `run.finished` stand at the top."""
    past = PastRun(tmp_path, red_with_timeout_and_stray())
    assert run(["show", "7f3a", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["run"], found["cycle"], found["verdict"], found["exit_code"]) == (
        telling.RUN,
        "backend-cycle",
        "red",
        1,
    )
    assert (found["rounds"], found["tree"], found["incidents"]) == (2, telling.TREE, {"stray": 2, "timeout": 2})
    assert found["log"] == str(past.log)
    assert found["steps"][0] == {
        "gate": "stack",
        "step": "restart-stack",
        "tier": "required",
        "verdict": "passed",
        "attempts": 1,
    }
    assert [failure["step"] for failure in found["failures"]] == [
        "auth-onboarding",
        "duplicate-signup",
        "npm-test",
        "report",
    ]
    assert [each["round"] for each in found["history"]] == [1, 2]
    assert len(found["incident_list"]) == 4
    assert found["journal_digest"].startswith("sha256:")


def test_evidence_beside_its_baseline_and_what_judges_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To people in a few words, to programs with all that the journal has."""
    PastRun(tmp_path, evidence())
    assert run(["show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    beside = "gates/baselines/backend-cycle/suite.npm-test.json"
    assert f"    tests     1 new failure, 14 lost tests, 1 fixed, 1 renamed (beside {beside})" in lines
    assert "    number    coverage.lines 81.25 % (before 84 %, at least 83.5 %)" in lines
    assert "judged by origin/main@56496c0" in lines
    assert len([line for line in lines if line.startswith("weakened tests/auth.test.js: looser-assertions: ")]) == 1
    run(["show", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["compared"]["against"] == "origin/main@56496c0"
    weaker = found["compared"]["changes"][1]
    assert (weaker["file"], weaker["kind"], weaker["effect"]) == ("tests/auth.test.js", "test", "weakening")
    assert [change["by"] for change in found["tree_changes"]] == ["unknown"]


def test_what_was_run_again_and_what_is_flaky_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    PastRun(tmp_path, remembered())
    assert run(["show"]) == 0
    said = capsys.readouterr().out
    assert "run again for diagnosis: suite/npm-test: 0 failed again, 1 passed this time, 3 more were left out" in said
    assert "flaky suite/npm-test passed, and on the same tree it failed in 2026-02-17T02-00-07Z-backend-cycle" in said
    run(["show", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [each["left_out"] for each in found["reruns"]] == [3]
    assert [each["failed"] for each in found["flaky_steps"]] == [2]
    assert (found["baselines_measured"], found["baselines_accepted"]) == ([], [])


def test_a_run_that_goes_on_has_no_verdict_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from gatekeeper.adapters.journal.writer import JournalWriter

    story = stories.aborted()
    story.entries.pop()
    past = PastRun(tmp_path, story)
    with JournalWriter.reopen(str(past.folder), lambda: "2026-02-18T02:01:00.000Z"):
        run(["show", "--json"])
        found = json.loads(capsys.readouterr().out)
        assert (found["verdict"], found["exit_code"], found["finished_at"]) == (None, None, None)
        run(["show"])
        assert "🟡 not ended; running: suite/npm-test" in capsys.readouterr().out


def test_what_was_running_when_the_run_died_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    PastRun(tmp_path, stories.aborted())
    assert run(["show"]) == 0
    said = capsys.readouterr().out
    assert "🛑 suite/npm-test: was running when it ended" in said
    assert "(1 of 4 steps passed, 1 round)" in said, "for how long it ran is not known, so it is not told"
    run(["show", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [each["step"] for each in found["interrupted"]] == ["npm-test"]
    assert found["duration_s"] is None


def test_outside_a_project_it_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show"]) == 2
    assert "no gates/ folder" in capsys.readouterr().err
