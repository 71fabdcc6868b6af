"""`gatekeeper note`: what was learned becomes an event, and stands in the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.adapters.journal.reading import load, verify_chain
from gatekeeper.adapters.journal.writer import JournalWriter
from gatekeeper.cli.main import run
from tests.adapters.executionlog import log_stories as stories
from tests.adapters.executionlog.red_stories import red_with_timeout_and_stray
from tests.cli.past_runs import PastRun

NOTE = [
    *("--problem", "duplicate signup answers 500"),
    *("--root-cause", "nobody catches the unique index"),
    *("--solution", "answer 409"),
    *("--nugget", "every constraint is an answer"),
]


@pytest.fixture(autouse=True)
def _back_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_note_is_added_to_journal_and_log(tmp_path: Path) -> None:
    """The chain goes on, the verdict stays, and the log has it under its domain."""
    past = PastRun(tmp_path, red_with_timeout_and_stray())
    assert run(["note", "backend-cycle", *NOTE, "--domain", "Authentication"]) == 0
    assert verify_chain(str(past.journal)) == ()
    record = load(str(past.folder))
    assert record.finished is not None
    assert record.finished.verdict == "red"
    text = past.log.read_text("utf-8")
    assert "**Authentication**" in text
    assert "**Root cause:** nobody catches the unique index" in text
    assert "None recorded" not in text
    assert run(["log", "latest", "--check"]) == 0


def test_a_secret_in_a_note_is_masked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "hunter2-long")
    past = PastRun(tmp_path, stories.green())
    assert run(["note", "latest", *NOTE[:-1], "never print hunter2-long"]) == 0
    assert "hunter2-long" not in past.journal.read_text("utf-8")
    assert "hunter2-long" not in past.log.read_text("utf-8")


def test_a_run_that_goes_on_takes_no_notes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its process holds the journal; the refusal says so."""
    story = stories.aborted()
    story.entries.pop()
    past = PastRun(tmp_path, story)
    with JournalWriter.reopen(str(past.folder), lambda: "2026-02-18T02:01:00.000Z"):
        before = past.journal.read_bytes()
        assert run(["note", "latest", *NOTE]) == 1
        assert "still going on" in capsys.readouterr().err
        assert past.journal.read_bytes() == before


def test_an_empty_note_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    PastRun(tmp_path, stories.green())
    assert run(["note", "latest", *NOTE[:-1], " "]) == 2
    assert "empty: nugget" in capsys.readouterr().err
    assert run(["note", "latest"]) == 2
