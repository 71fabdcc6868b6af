"""`gatekeeper log`: the log from the journal, again."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.adapters.executionlog.writer import whole_document
from gatekeeper.adapters.journal.reading import load
from gatekeeper.cli.main import run
from tests.adapters.executionlog import log_stories as stories
from tests.adapters.executionlog import log_telling as telling
from tests.cli.past_runs import PastRun


@pytest.fixture(autouse=True)
def _back_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_log_of_a_cycles_newest_run_is_written_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log that was lost comes back whole from the journal alone."""
    past = PastRun(tmp_path, stories.green())
    assert run(["log", "backend-cycle"]) == 0
    assert "**Status:** ✅ Green" in past.log.read_text("utf-8")
    assert capsys.readouterr().out == f"wrote {past.log}\n"
    assert run(["log", "7f3a", "--check"]) == 0


def test_a_log_that_is_not_what_the_journal_says_fails_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    past = PastRun(tmp_path, stories.green())
    assert run(["log", "latest", "--check"]) == 1
    assert "it is not there" in capsys.readouterr().err
    assert not past.log.exists()


def test_a_document_that_tells_of_another_run_is_called_that(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The newest run has written it since; nobody is told to overwrite that without a word."""
    past = PastRun(tmp_path, stories.green())
    run(["log", "latest"])
    past.log.write_text(past.log.read_text("utf-8").replace("-7f3a", "-8000"), "utf-8")
    capsys.readouterr()
    assert run(["log", "latest", "--check"]) == 1
    assert "it does not tell of this run" in capsys.readouterr().err


def test_an_edited_section_is_refused_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    past = PastRun(tmp_path, stories.green())
    run(["log", "latest"])
    edited = past.log.read_text("utf-8").replace("Nothing to do", "Buy cake")
    past.log.write_text(edited, "utf-8")
    assert run(["log", "latest"]) == 1
    assert "somebody edited the section status" in capsys.readouterr().err
    assert past.log.read_text("utf-8") == edited
    assert (tmp_path / "logs" / "log.gatekeeper.md").exists()


def test_a_run_that_nobody_closed_is_closed_by_looking(tmp_path: Path) -> None:
    """The journal of a run whose process is gone gets its end, and the log says so."""
    story = stories.aborted()
    story.entries.pop()
    past = PastRun(tmp_path, story)
    assert run(["log", "backend-cycle"]) == 0
    text = past.log.read_text("utf-8")
    assert "**Status:** ⚠️ Aborted" in text
    assert "**Interrupted while running:** `suite/npm-test`" in text


def test_a_run_that_is_not_there_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    PastRun(tmp_path, stories.green())
    assert run(["log", "frontend"]) == 2
    assert telling.RUN in capsys.readouterr().err


def test_a_run_without_a_log_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    PastRun(tmp_path, stories.green(), log=False)
    assert run(["log", "latest"]) == 2
    assert "without an execution log" in capsys.readouterr().err


def test_a_broken_journal_makes_no_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Unreadable evidence is told, with its line, and never rendered."""
    past = PastRun(tmp_path, stories.green())
    past.journal.write_bytes(past.journal.read_bytes().replace(b'{"v":1,"seq":3', b'{"v":1,"seq":', 1))
    assert run(["log", "latest"]) == 3
    assert "line 4 is not a journal's line" in capsys.readouterr().err
    assert not past.log.exists()


def test_looking_at_anything_closes_the_logs_of_dead_runs_too(tmp_path: Path) -> None:
    """A log that stood at 🟡 when its run was killed tells the truth as soon as somebody looks."""
    story = stories.aborted()
    story.entries.pop()
    past = PastRun(tmp_path, story)
    past.log.parent.mkdir()
    past.log.write_bytes(whole_document(load(str(past.folder))))
    assert "**Status:** 🟡" in past.log.read_text("utf-8")
    assert run(["show"]) == 0
    assert "**Status:** ⚠️ Aborted" in past.log.read_text("utf-8")
    assert run(["log", "latest", "--check"]) == 0


def test_the_log_of_a_later_run_is_not_touched_when_a_dead_one_is_closed(tmp_path: Path) -> None:
    """Two runs of one day share a document; it is about the later one."""
    story = stories.aborted()
    story.entries.pop()
    past = PastRun(tmp_path, story)
    past.log.parent.mkdir()
    past.log.write_bytes(whole_document(load(str(past.folder))).replace(telling.RUN.encode(), b"another-run"))
    before = past.log.read_bytes()
    assert run(["show"]) == 0
    assert past.log.read_bytes() == before
