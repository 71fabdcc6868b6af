"""Reading a journal back, and finding what was done to it."""

from pathlib import Path

import pytest

from gatekeeper.adapters.journal.reading import load, read, verify_chain
from gatekeeper.adapters.journal.writer import JournalWriter
from gatekeeper.model.errors import JournalError
from gatekeeper.model.events import NoteAdded, RoundFinished, RoundStarted, RunFinished, RunStarted, StepFinished


@pytest.fixture
def finished_run(tmp_path: Path) -> Path:
    """The journal of a small green run."""
    with JournalWriter.create(str(tmp_path / "run"), "r", lambda: "2026-02-18T02:00:07.123Z") as journal:
        journal.append(RunStarted("c", "d", "t", (), ()))
        journal.append(RoundStarted(1, "first round: everything", "t"))
        journal.append(StepFinished("g", "s", 1, 1, "passed"))
        journal.append(RoundFinished(1, "t", ()))
        journal.append(StepFinished("teardown", "stop", 1, 1, "passed"))
        journal.append(RunFinished("green", 0, 1, "t", 1.0))
    return tmp_path / "run" / "journal.jsonl"


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def test_a_whole_journal_has_no_problems(finished_run: Path) -> None:
    assert verify_chain(str(finished_run)) == ()


def test_a_journal_folds_into_the_record_of_its_run(finished_run: Path) -> None:
    """The record says what the events said, the steps after the last round being the teardown."""
    record = load(str(finished_run.parent))
    assert record.run == "r"
    assert record.finished is not None
    assert record.finished.verdict == "green"
    assert [step.step for step in record.rounds[0].steps] == ["s"]
    assert [step.step for step in record.teardown] == ["stop"]
    assert record.digest.startswith("sha256:")


def test_one_changed_byte_is_found_and_placed(finished_run: Path) -> None:
    """The line behind the changed one no longer fits."""
    finished_run.write_bytes(finished_run.read_bytes().replace(b'"verdict":"passed"', b'"verdict":"failed"', 1))
    (problem,) = verify_chain(str(finished_run))
    assert problem.startswith("line 4: prev is sha256:")
    assert "altered" in problem


def test_a_line_that_was_taken_out_is_found(finished_run: Path) -> None:
    lines = lines_of(finished_run)
    del lines[2]
    finished_run.write_bytes(b"".join(lines))
    assert [problem.split(":")[0] for problem in verify_chain(str(finished_run))] == ["line 3", "line 3"]


def test_a_missing_end_is_found(finished_run: Path) -> None:
    finished_run.write_bytes(b"".join(lines_of(finished_run)[:-1]))
    assert verify_chain(str(finished_run)) == (
        "the journal is not closed: it was cut short, or its run is still going on",
    )


def test_a_verdict_cannot_be_followed_by_more_work(finished_run: Path) -> None:
    """Only notes, incidents and resuming may stand behind the end."""
    with JournalWriter.reopen(str(finished_run.parent), lambda: "t") as journal:
        journal.append(NoteAdded("p", "r", "s", "n"))
        journal.append(StepFinished("g", "s", 1, 2, "passed"))
    assert verify_chain(str(finished_run)) == ("line 8: step.finished after the run had finished",)


def test_rubbish_in_the_middle_is_named_by_its_line(finished_run: Path) -> None:
    """Reading stops with the place; verifying tells all that is wrong and goes on."""
    lines = lines_of(finished_run)
    lines[2] = b"rubbish\n"
    finished_run.write_bytes(b"".join(lines))
    with pytest.raises(JournalError, match="line 3 is not a journal's line"):
        list(read(str(finished_run)))
    problems = verify_chain(str(finished_run))
    assert problems[0].startswith("line 3: not JSON")
    assert any(problem.startswith("line 4: prev") for problem in problems)


@pytest.mark.slow
def test_every_cut_of_the_last_line_can_be_read_and_is_told(finished_run: Path) -> None:
    """A journal is readable at whatever byte its writer was stopped."""
    whole, last = b"".join(lines_of(finished_run)[:-1]), lines_of(finished_run)[-1]
    for cut in range(len(last)):
        finished_run.write_bytes(whole + last[:cut])
        assert len(list(read(str(finished_run)))) == 5 + (cut == len(last) - 1)
        assert verify_chain(str(finished_run)) != ()


def test_an_empty_journal_is_not_whole(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").touch()
    assert verify_chain(str(tmp_path / "journal.jsonl")) == ("the journal is empty",)


def test_a_journal_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be read: No such file"):
        verify_chain(str(tmp_path / "journal.jsonl"))
