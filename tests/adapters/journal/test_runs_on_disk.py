"""The folders that runs leave: named, found again, and closed where nobody else can."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from gatekeeper.adapters.journal.dead_runs import close_dead_runs
from gatekeeper.adapters.journal.reading import load, verify_chain
from gatekeeper.adapters.journal.runs import (
    create_run_folder,
    last_verdict,
    list_runs,
    new_run_id,
    resolve_run,
    run_end,
    subfolder,
)
from gatekeeper.adapters.journal.writer import JournalWriter
from gatekeeper.model.errors import EnvironmentFault, UsageError
from gatekeeper.model.event_parts import StepSummary
from gatekeeper.model.events import NoteAdded, RunFinished, RunStarted


def now() -> str:
    return "2026-02-18T03:00:00.000Z"


def make_run(
    state: Path,
    at: str = "2026-02-18T02:00:07.123Z",
    cycle: str = "backend-cycle",
    mark: str = "7f3a",
    verdict: str = "green",
    notes: int = 0,
) -> str:
    run = new_run_id(at, cycle, mark)
    with JournalWriter.create(create_run_folder(str(state), run), run, lambda: at) as journal:
        journal.append(RunStarted(cycle, "d", "t", (), ()))
        if verdict:
            steps = tuple(StepSummary("gate", f"step-{number}", "required", "passed", 1) for number in range(3000))
            journal.append(RunFinished(verdict, 0, 1, "t", 1.0, steps=steps))
        for _ in range(notes):
            journal.append(NoteAdded("p", "r", "s", "n"))
    return run


def test_a_run_is_named_by_its_second_its_cycle_and_a_mark() -> None:
    assert new_run_id("2026-02-18T02:00:07.123Z", "backend-cycle", "7f3a") == "2026-02-18T02-00-07Z-backend-cycle-7f3a"


def test_the_state_folder_ignores_itself(tmp_path: Path) -> None:
    """git never shows what gatekeeper keeps, and nobody else can read it."""
    folder = create_run_folder(str(tmp_path / ".gatekeeper"), "run")
    assert (tmp_path / ".gatekeeper" / ".gitignore").read_text() == "*\n"
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert os.path.isdir(subfolder(folder, "output"))
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert status == ""


def test_two_runs_cannot_share_a_folder(tmp_path: Path) -> None:
    create_run_folder(str(tmp_path), "run")
    with pytest.raises(EnvironmentFault, match="cannot be made"):
        create_run_folder(str(tmp_path), "run")


def test_runs_come_newest_first_also_within_one_second(tmp_path: Path) -> None:
    """The mark is random; what the journals say decides between runs of one second."""
    late = make_run(tmp_path, "2026-02-18T02:00:07.900Z", mark="0000")
    early = make_run(tmp_path, "2026-02-18T02:00:07.100Z", mark="ffff")
    other = make_run(tmp_path, "2026-02-19T02:00:00.000Z", cycle="other")
    (tmp_path / "runs" / "notes.txt").touch()
    assert [run.run for run in list_runs(str(tmp_path))] == [other, late, early]
    assert [run.run for run in list_runs(str(tmp_path), "backend-cycle")] == [late, early]
    assert list_runs(str(tmp_path / "nowhere")) == ()


def test_the_last_verdict_is_found_behind_notes_and_before_a_long_list_of_steps(tmp_path: Path) -> None:
    make_run(tmp_path, verdict="red", notes=40)
    found = last_verdict(str(tmp_path), "backend-cycle")
    assert found is not None
    assert (found.verdict, found.time) == ("red", "2026-02-18T02:00:07.123Z")
    assert last_verdict(str(tmp_path), "never-run") is None


def test_a_run_without_an_end_has_no_verdict(tmp_path: Path) -> None:
    make_run(tmp_path, verdict="")
    found = last_verdict(str(tmp_path), "backend-cycle")
    assert found is not None
    assert found.verdict == ""


def test_a_person_can_mean_a_run_in_several_ways(tmp_path: Path) -> None:
    """Whole id, beginning, end, `latest`, and a cycle's newest."""
    old = make_run(tmp_path, "2026-02-17T02:00:07.123Z", mark="aaaa")
    new = make_run(tmp_path, "2026-02-18T02:00:07.123Z", mark="bbbb")
    make_run(tmp_path, "2026-02-19T02:00:07.123Z", cycle="other", mark="cccc")
    state = str(tmp_path)
    assert resolve_run(state, old).run == old
    assert resolve_run(state, "2026-02-17").run == old
    assert resolve_run(state, "bbbb").run == new
    assert resolve_run(state, "backend-cycle").run == new
    assert resolve_run(state, "latest").cycle == "other"
    with pytest.raises(UsageError, match="any of 3 runs"):
        resolve_run(state, "2026-02")
    with pytest.raises(UsageError, match=r"is called 'nope'.*\n    2026-02-19"):
        resolve_run(state, "nope")
    with pytest.raises(UsageError, match="there are no runs yet"):
        resolve_run(str(tmp_path / "empty"), "latest")


LIVE_RUN = """
    import sys
    from gatekeeper.adapters.journal.writer import JournalWriter
    from gatekeeper.model.events import RoundStarted, RunStarted, StepFinished, StepStarted
    from gatekeeper.model.event_parts import PlannedStep
    journal = JournalWriter.create(sys.argv[1], sys.argv[2], lambda: "2026-02-18T02:00:07.000Z", None)
    steps = (PlannedStep("g", "a", "required", "true", 10.0), PlannedStep("g", "b", "required", "sleep", 10.0))
    journal.append(RunStarted("c", "d", "t", (), (), steps=steps, log="/log.md"))
    journal.append(RoundStarted(1, "first round: everything", "t"))
    journal.append(StepStarted("g", "a", 1, 1, 10.0, command="true"))
    journal.append(StepFinished("g", "a", 1, 1, "passed"))
    journal.append(StepStarted("g", "b", 1, 1, 10.0, command="sleep"))
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_a_run_whose_process_was_killed_is_closed_as_aborted(tmp_path: Path) -> None:
    """While it lives nobody touches it; once it is gone, its journal is closed with what it proves."""
    run = new_run_id(now(), "c", "dead")
    folder = create_run_folder(str(tmp_path), run)
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(LIVE_RUN), folder, run], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        assert close_dead_runs(str(tmp_path), now) == ()
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert [closed.run for closed in close_dead_runs(str(tmp_path), now)] == [run]
    assert close_dead_runs(str(tmp_path), now) == ()
    record = load(folder)
    assert record.finished is not None
    assert (record.finished.verdict, record.finished.exit_code, record.finished.log) == ("aborted", 1, "/log.md")
    assert [(step.step, step.verdict, step.attempts) for step in record.finished.steps] == [
        ("a", "passed", 1),
        ("b", "cancelled", 1),
    ]
    assert [started.step for started, _ in record.interrupted] == ["b"]
    assert "died" in record.finished.reason
    assert record.finished.duration_s is None, "nobody saw when it died"
    assert verify_chain(os.path.join(folder, "journal.jsonl")) == ()
    assert run_end(list_runs(str(tmp_path))[0]).verdict == "aborted"


def test_a_dead_run_that_tore_its_last_line_is_mended_and_closed(tmp_path: Path) -> None:
    """A sudden death in the middle of a line keeps neither the journal nor us from the end."""
    run = make_run(tmp_path, verdict="")
    journal = tmp_path / "runs" / run / "journal.jsonl"
    with open(journal, "ab") as file:
        file.write(b'{"v":1,"seq":1,"ti')
    assert len(close_dead_runs(str(tmp_path), now)) == 1
    assert verify_chain(str(journal)) == ()
    assert (tmp_path / "runs" / run / "journal.jsonl.torn").exists()


def test_a_journal_that_is_being_created_is_left_alone(tmp_path: Path) -> None:
    """An empty journal belongs to somebody who has not yet taken its lock."""
    folder = create_run_folder(str(tmp_path), new_run_id(now(), "c", "0000"))
    open(os.path.join(folder, "journal.jsonl"), "wb").close()
    assert close_dead_runs(str(tmp_path), now) == ()
    assert os.path.getsize(os.path.join(folder, "journal.jsonl")) == 0


def test_a_broken_journal_is_not_closed(tmp_path: Path) -> None:
    """Nothing is written behind what cannot be read."""
    run = make_run(tmp_path, verdict="")
    journal = tmp_path / "runs" / run / "journal.jsonl"
    journal.write_bytes(b"rubbish\n" + journal.read_bytes())
    before = journal.read_bytes()
    assert close_dead_runs(str(tmp_path), now) == ()
    assert journal.read_bytes().startswith(before)
