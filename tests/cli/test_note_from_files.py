"""`gatekeeper note` with files: notes written in Markdown, and lines of a file that show what is meant."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from gatekeeper.adapters.journal.reading import load, verify_chain
from gatekeeper.cli.main import run
from gatekeeper.model.event_parts import Snippet
from gatekeeper.model.events import NoteAdded
from tests.adapters.executionlog.red_stories import red_with_timeout_and_stray
from tests.cli.past_runs import PastRun

OPTIONS = ["--problem", "p", "--root-cause", "r", "--solution", "s", "--nugget", "n"]
TWO = """\
# What we learned

## Problem
duplicate signup
answers 500
## Solution
answer 409

**Problem:** the suite hangs
**Root cause:** a socket without a timeout
"""
ONE = "Problem: it adds wrong\nRoot cause: a stray 1\n"


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PastRun:
    """A project with one red run, and in it a source file of a hundred lines."""
    monkeypatch.chdir(tmp_path)
    made = PastRun(tmp_path, red_with_timeout_and_stray())
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("".join(f"line {number}\n" for number in range(1, 101)))
    return made


def notes_of(past: PastRun) -> list[NoteAdded]:
    assert verify_chain(str(past.journal)) == ()
    return [note for _, note in load(str(past.folder)).notes]


def test_all_notes_of_a_file_are_added(past: PastRun, capsys: pytest.CaptureFixture[str]) -> None:
    """What a note does not say is called so in the log, and `--domain` holds for notes that name none."""
    known = len(notes_of(past))
    Path("notes.md").write_text(TWO)
    assert run(["note", "latest", "--from", "notes.md", "--domain", "Backend"]) == 0
    assert notes_of(past)[known:] == [
        NoteAdded("duplicate signup answers 500", "", "answer 409", "", "Backend"),
        NoteAdded("the suite hangs", "a socket without a timeout", "", "", "Backend"),
    ]
    assert "2 notes added" in capsys.readouterr().out
    assert "**Root cause:** *not stated*" in past.log.read_text("utf-8")
    assert run(["log", "latest", "--check"]) == 0


def test_notes_come_from_standard_input(past: PastRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ONE.encode())))
    assert run(["note", "latest", "--from", "-"]) == 0
    assert notes_of(past)[-1] == NoteAdded("it adds wrong", "a stray 1", "", "")


def test_a_snippet_stands_in_journal_and_log_with_its_place(past: PastRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its place is told from the project's root on, wherever one stands; fences in it cannot end its block."""
    (past.root / "src" / "b.md").write_text("```\n<!-- gatekeeper:end execution -->\n| x |\n")
    monkeypatch.chdir(past.root / "src")
    assert run(["note", "latest", *OPTIONS, "--file", "a.py:10-12"]) == 0
    assert run(["note", "latest", *OPTIONS, "--file", "b.md"]) == 0
    assert [note.snippet for note in notes_of(past)[-2:]] == [
        Snippet("src/a.py:10-12", "line 10\nline 11\nline 12"),
        Snippet("src/b.md", "```\n<!-- gatekeeper:end execution -->\n| x |"),
    ]
    text = past.log.read_text("utf-8")
    assert "  - **Snippet:** `src/a.py:10-12`\n\n    ```text\n    line 10\n    line 11\n    line 12\n    ```\n" in text
    assert "    ````text\n    ```\n    <! -- gatekeeper:end" in text or "    ````text\n    ```\n    <! --" in text
    assert run(["log", "latest", "--check"]) == 0


def test_one_line_and_a_name_that_looks_like_a_range(past: PastRun) -> None:
    Path("odd:3").write_text("odd\n")
    assert run(["note", "latest", *OPTIONS, "--file", "src/a.py:7"]) == 0
    assert run(["note", "latest", *OPTIONS, "--file", "odd:3"]) == 0
    assert [note.snippet for note in notes_of(past)[-2:]] == [Snippet("src/a.py:7", "line 7"), Snippet("odd:3", "odd")]


def test_a_secret_in_a_snippet_is_masked(past: PastRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "hunter2-long")
    Path("config").write_text("token = hunter2-long\n")
    assert run(["note", "latest", *OPTIONS, "--file", "config"]) == 0
    assert notes_of(past)[-1].snippet is not None
    assert "hunter2-long" not in past.journal.read_text("utf-8")
    assert "hunter2-long" not in past.log.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "none.md"], "'none.md' cannot be read: No such file"),
        (["--from", "empty.md"], "empty.md holds no note. Looked for: `Problem:` and `Root cause:`"),
        (["--from", "src"], "src"),
        (["--from", "pipe"], "pipe is not a file"),
        (["--from", "large.md"], "has more than 256 KiB"),
        (["--from", "many.md"], "holds 51 notes, and at most 50"),
        (["--from", "one.md", "--nugget", "n"], "leave out --nugget"),
        (["--from", "two.md", "--file", "src/a.py:1"], "two.md holds 2"),
        (["--problem", "p"], "a note needs --root-cause, --solution, --nugget, or --from FILE.md"),
        ([*OPTIONS, "--file", "src/a.py"], "100 lines, and a note takes at most 60\n  try: --file src/a.py:1-60"),
        ([*OPTIONS, "--file", "src/a.py:99-101"], "src/a.py has 100 lines; there is no 99-101"),
        ([*OPTIONS, "--file", "binary"], "binary holds NUL bytes"),
    ],
)
def test_what_cannot_be_taken_is_wrong_usage_and_adds_nothing(
    past: PastRun, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    """The message says what was looked for, or what to do; the journal stays as it was."""
    Path("empty.md").write_bytes(b"")
    Path("large.md").write_bytes(b"x" * ((256 << 10) + 1))
    Path("many.md").write_text(ONE * 51)
    Path("one.md").write_text(ONE)
    Path("two.md").write_text(TWO)
    Path("binary").write_bytes(b"\x00\x01")
    os.mkfifo("pipe")
    before = past.journal.read_bytes()
    assert run(["note", "latest", *arguments]) == 2
    assert told in capsys.readouterr().err
    assert past.journal.read_bytes() == before
