"""What GitHub Actions is told, within its bounds and past what output tries to say."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from syrupy.assertion import SnapshotAssertion

from gatekeeper.adapters.console.github import ANNOTATIONS, SUMMARY, GitHubConsole
from gatekeeper.adapters.console.voice import Voice
from gatekeeper.model.events import Entry
from gatekeeper.model.verdict import Finding
from tests.adapters.console.sample_runs import DUPLICATE_FAILED, FOLDER, GREEN, RED, STARTED, entries, started


def told(run: list[Entry], summary: Path | None = None, secret: Sequence[str] = (), **environ: str) -> str:
    stream = io.StringIO()
    environ |= {"GITHUB_STEP_SUMMARY": str(summary)} if summary else {}
    seen = GitHubConsole(Voice(stream), environ=environ, run_folder=FOLDER, secret=secret, token=lambda: "TOKEN")
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
    assert text == "### ✗ backend-cycle: red\n\n"


def test_a_summary_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    """It changes nothing else."""
    assert "::warning title=gatekeeper::the job summary cannot be written" in told(RED, tmp_path)


def test_what_is_only_noted_is_no_annotation() -> None:
    """It speaks against nothing; the execution log has it."""
    noted = Finding("no-changed-lines", "nothing to cover", blocks=False)
    text = told(entries(STARTED, DUPLICATE_FAILED._replace(findings=(noted, Finding("test-failed", "a::b")))))
    assert text.count("::error ") == 1
    assert "::a::b\n" in text


def test_a_place_is_told_as_github_knows_the_file(tmp_path: Path) -> None:
    """A path is meant from the step's folder; GitHub wants it from its workspace, and knows no file outside of that."""
    folder = tmp_path / "examples" / "backend"
    (folder / "tests").mkdir(parents=True)
    (folder / "tests" / "auth.test.js").write_text("test")
    project = STARTED._replace(root=str(tmp_path))
    findings = (
        Finding("test-failed", "a", "tests/auth.test.js:42"),
        Finding("test-failed", "b", f"{folder}/tests/auth.test.js:42:7"),
        Finding("test-failed", "c", "/usr/lib/node/assert.js:1"),
        Finding("test-failed", "d", "nowhere.js:3"),
        Finding("test-failed", "e", "not a place"),
    )
    begun = started("suite")
    run = entries(project, begun, DUPLICATE_FAILED._replace(gate="suite", step=begun.step, findings=findings))
    text = told(run, GITHUB_WORKSPACE=str(tmp_path))
    errors = [line for line in text.splitlines() if line.startswith("::error ")]
    assert errors == [
        "::error file=examples/backend/tests/auth.test.js,line=42,title=suite/npm-test::a",
        "::error file=examples/backend/tests/auth.test.js,line=42,col=7,title=suite/npm-test::b",
        "::error title=suite/npm-test::c (/usr/lib/node/assert.js:1)",
        "::error file=nowhere.js,line=3,title=suite/npm-test::d",
        "::error title=suite/npm-test::e (not a place)",
    ]


def test_secrets_are_hidden_by_the_runner_before_anything_is_said() -> None:
    """Of a value of several lines each line; what is too short to be hidden is not named at all."""
    values = ["hunter2-100%", "abc", "first line\n{\nsecond line\n"]
    lines = told(GREEN, secret=values, GITHUB_ACTIONS="true").splitlines()
    assert lines[:4] == [
        "::add-mask::hunter2-100%25",
        "::add-mask::first line",
        "::add-mask::second line",
        next(line for line in lines if line.startswith("run  ")),
    ]
    assert sum("add-mask" in line for line in lines) == 3


def test_no_secret_is_said_where_no_runner_listens(tmp_path: Path) -> None:
    """Neither elsewhere than on GitHub, nor into a file."""
    assert "hunter2" not in told(GREEN, secret=["hunter2-hunter2"])
    with (tmp_path / "log.txt").open("w+") as file:
        seen = GitHubConsole(
            Voice(file), environ={"GITHUB_ACTIONS": "true"}, run_folder=FOLDER, secret=["hunter2-hunter2"]
        )
        for entry in GREEN:
            seen.receive(entry)
        file.seek(0)
        assert "hunter2" not in file.read()


def test_what_is_left_out_is_counted() -> None:
    """Nobody takes ten annotations for all there are."""
    findings = tuple(Finding("test-failed", f"a::{number}") for number in range(13))
    event = DUPLICATE_FAILED._replace(findings=findings)
    text = told(entries(STARTED, event, RED[-1].event))
    assert "3 more annotations left out" in text


def test_a_file_in_a_scratch_worktree_is_the_same_one_of_the_workspace(tmp_path: Path) -> None:
    """The worktree is gone by the time that anybody looks, and GitHub never knew it."""
    source = tmp_path / "sub" / "src" / "a.py"
    source.parent.mkdir(parents=True)
    source.touch()
    worktree = tmp_path / "sub" / ".gatekeeper" / "worktrees" / "4711-1a2b" / "sub"
    for place in ("src/a.py:7", f"{worktree}/src/a.py:7"):
        failed = DUPLICATE_FAILED._replace(findings=(Finding("x", "wrong", place),))
        begun = started("negative-paths")._replace(cwd=str(worktree))
        text = told(entries(STARTED._replace(root=str(worktree)), begun, failed), GITHUB_WORKSPACE=str(tmp_path))
        assert "::error file=sub/src/a.py,line=7," in text
