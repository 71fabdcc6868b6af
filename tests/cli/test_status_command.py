"""`gatekeeper status`: all execution logs of a folder as a table, and its index brought up to date."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gatekeeper.cli.main import run
from tests.adapters.executionlog import log_stories as stories
from tests.cli.past_runs import PastRun

MARKERS = "<!-- gatekeeper:begin index -->\n<!-- gatekeeper:end index -->\n"


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PastRun:
    """A project whose only run was green and wrote its log to ``logs/log.md``."""
    monkeypatch.chdir(tmp_path)
    made = PastRun(tmp_path, stories.green())
    assert run(["log", "latest"]) == 0
    return made


def test_the_folder_of_the_newest_runs_log_is_listed_and_indexed(
    past: PastRun, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table names the verdict, the index links the log; with `--check` nothing more is to be done."""
    index = past.log.parent / "INDEX.md"
    assert run(["status", "--check"]) == 1
    assert "INDEX.md: it is not there; `gatekeeper status` writes it" in capsys.readouterr().err
    assert not index.exists()
    assert run(["status"]) == 0
    assert "Green    1       17  backend-cycle  log.md" in capsys.readouterr().out
    written = index.read_text("utf-8")
    assert (
        "| 17 | backend-cycle | 2026-02-18 02:00:07 | 2026-02-18 02:00:33 | ✅ Green | 1 | [log.md](log.md) |"
        in written
    )
    assert run(["status", "--check"]) == 0
    assert run(["status"]) == 0
    assert index.read_text("utf-8") == written


def test_what_people_wrote_around_the_index_stays(past: PastRun) -> None:
    """Byte for byte: line endings, words before and behind; the section goes where the markers stand."""
    index = past.log.parent / "INDEX.md"
    before, behind = b"\xef\xbb\xbf# Ours\r\n\r\ntext\r\n", b"\r\n## Links\r\n\r\nno newline at the end"
    index.write_bytes(before + MARKERS.replace("\n", "\r\n").encode() + behind)
    assert run(["status"]) == 0
    content = index.read_bytes()
    assert content.startswith(before + b"<!-- gatekeeper:begin index -->\r\n## Index\r\n")
    assert content.endswith(b"<!-- gatekeeper:end index -->\r\n" + behind)
    assert run(["status", "--check"]) == 0


def test_an_index_without_markers_gets_them_at_its_end(past: PastRun) -> None:
    index = past.log.parent / "INDEX.md"
    index.write_text("# Ours\n\nWe look here on Mondays.\n")
    assert run(["status"]) == 0
    assert index.read_text("utf-8").startswith(
        "# Ours\n\nWe look here on Mondays.\n\n<!-- gatekeeper:begin index -->\n"
    )


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda text: text.replace("✅ Green", "✅ Greener"), "somebody edited the section index"),
        (lambda text: text + MARKERS.replace("index", "summary"), "'summary' that gatekeeper does not have in such"),
    ],
)
def test_an_index_that_is_not_understood_is_left_alone(
    past: PastRun, capsys: pytest.CaptureFixture[str], edit: object, told: str
) -> None:
    """Edited, or with markers of a log in it: refused with the reason, and not one byte changes."""
    assert callable(edit)
    index = past.log.parent / "INDEX.md"
    assert run(["status"]) == 0
    edited = edit(index.read_text("utf-8"))
    index.write_text(edited, "utf-8")
    assert run(["status"]) == 1
    assert run(["status", "--check"]) == 1
    assert told in capsys.readouterr().err
    assert index.read_text("utf-8") == edited


def test_a_read_only_index_is_refused(past: PastRun, capsys: pytest.CaptureFixture[str]) -> None:
    index = past.log.parent / "INDEX.md"
    index.write_text("mine\n")
    index.chmod(0o444)
    assert run(["status"]) == 1
    assert "read-only" in capsys.readouterr().err
    assert index.read_text() == "mine\n"


def test_a_log_that_stood_open_when_its_run_died_is_closed_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    story = stories.aborted()
    story.entries.pop()
    past = PastRun(tmp_path, story)
    past.log.parent.mkdir()
    assert run(["status"]) == 0
    assert "| ⚠️ Aborted |" in (past.log.parent / "INDEX.md").read_text("utf-8")


def test_a_named_folder_needs_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan repo that only holds logs is indexed as well, by a way relative to where one stands."""
    folder = tmp_path / "plan of us"
    folder.mkdir()
    (folder / "71-execution-log.md").write_text("# 71 Execution Log\n\n**Date:** 2026-02-18\n\n**Status:** ✅ done\n")
    monkeypatch.chdir(tmp_path)
    assert run(["status", "plan of us"]) == 0
    assert "| 71 | — | 2026-02-18 | — | ✅ done | — |" in (folder / "INDEX.md").read_text("utf-8")


@pytest.mark.parametrize(("arguments", "told"), [([], "there is no execution log in"), (["none"], "cannot be listed")])
def test_nothing_to_list_is_wrong_usage_and_writes_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    (tmp_path / "gates").mkdir()
    logs = tmp_path / ".gatekeeper" / "logs"
    logs.mkdir(parents=True)
    (logs / "notes.md").write_text("# Notes\n")
    monkeypatch.chdir(tmp_path)
    assert run(["status", *arguments]) == 2
    assert told in capsys.readouterr().err
    assert os.listdir(logs) == ["notes.md"]
