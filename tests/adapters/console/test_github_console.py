"""What GitHub Actions is told, within its bounds and past what output tries to say."""

from __future__ import annotations

import io
from pathlib import Path

from syrupy.assertion import SnapshotAssertion

from gatekeeper.adapters.console.github import ANNOTATIONS, SUMMARY, GitHubConsole
from gatekeeper.adapters.console.voice import Voice
from gatekeeper.model.events import Entry
from gatekeeper.model.verdict import Finding
from tests.adapters.console.sample_runs import DUPLICATE_FAILED, FOLDER, RED, STARTED, entries


def told(run: list[Entry], summary: Path | None = None) -> str:
    stream = io.StringIO()
    environ = {"GITHUB_STEP_SUMMARY": str(summary)} if summary else {}
    seen = GitHubConsole(Voice(stream), environ=environ, run_folder=FOLDER, token=lambda: "TOKEN")
    for entry in run:
        seen.receive(entry)
    seen.close()
    return stream.getvalue()


def test_a_red_run(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    """Groups for failures, annotations with file and line, and a summary with table and closing block."""
    summary = tmp_path / "summary.md"
    assert told(RED, summary) == snapshot(name="log")
    assert summary.read_text() == snapshot(name="summary")


def test_output_cannot_give_orders() -> None:
    """Every line that could be one stands between stop-commands and its token."""
    evil = "::set-env name=PATH::/evil"
    text = told(entries(STARTED, DUPLICATE_FAILED._replace(findings=(), last_lines=("fine", evil, "##[add-path]x"))))
    before, _, rest = text.partition("::stop-commands::TOKEN\n")
    inside, _, after = rest.partition("::TOKEN::\n")
    assert evil in inside
    assert "##[add-path]x" in inside
    assert "set-env" not in before + after


def test_annotations_are_escaped_and_bounded() -> None:
    """A percent sign, a line end, a colon and a comma arrive as such; at most ten annotations are spent."""
    finding = Finding("x", "100%\nof it::", "a,b:c.py:7")
    text = told(entries(STARTED, DUPLICATE_FAILED._replace(findings=(finding,) * 30)))
    assert text.count("::error ") == ANNOTATIONS
    assert "::error file=a%2Cb%3Ac.py,line=7,title=negative-paths/duplicate-signup::100%25 of it::" in text


def test_what_is_advisory_is_a_warning() -> None:
    """Only a required step is an error on the pull request."""
    text = told(entries(STARTED, DUPLICATE_FAILED._replace(tier="advisory")))
    assert "::warning title=" in text
    assert "::error" not in text


def test_the_summary_keeps_within_what_github_shows(tmp_path: Path) -> None:
    """Where other steps of the job have used the room, only what fits whole is written."""
    summary = tmp_path / "summary.md"
    summary.write_text("x" * (SUMMARY - 50))
    told(RED, summary)
    text = summary.read_text().lstrip("x")
    assert text == "### backend-cycle: red\n\n"


def test_a_summary_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    """It changes nothing else."""
    assert "::warning title=gatekeeper::the job summary cannot be written" in told(RED, tmp_path)


def test_what_is_only_noted_is_no_annotation() -> None:
    """It speaks against nothing; the execution log has it."""
    noted = Finding("no-changed-lines", "nothing to cover", blocks=False)
    text = told(entries(STARTED, DUPLICATE_FAILED._replace(findings=(noted, Finding("test-failed", "a::b")))))
    assert text.count("::error ") == 1
    assert "::a::b\n" in text
