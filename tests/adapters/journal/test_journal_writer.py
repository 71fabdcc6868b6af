"""The journal while it is written: whole lines, one chain, one writer, nothing secret."""

import hashlib
import json
import os
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.adapters.journal.reading import read, verify_chain
from gatekeeper.adapters.journal.writer import JournalWriter
from gatekeeper.model.errors import JournalError, LockHeld
from gatekeeper.model.events import (
    IncidentHappened,
    NoteAdded,
    RoundStarted,
    RunFinished,
    RunStarted,
    StepFinished,
)
from gatekeeper.model.evidence_events import BaselineAccepted
from gatekeeper.model.help_events import BreakerOpened
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.outcome import CheckResult, ProbeResult, Received, Stray
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.masking import Masker

STARTED = RunStarted("backend-cycle", "sha256:d", "sha256:t", (), ("cgroup", "guardian"))
FINISHED = RunFinished("green", 0, 1, "sha256:t", 1.5)


def clock() -> str:
    return "2026-02-18T02:00:07.123Z"


def new_journal(tmp_path: Path, mask: Callable[[str], str] | None = None) -> JournalWriter:
    return JournalWriter.create(str(tmp_path / "run"), "run-7f3a", clock, mask)


def test_every_line_repeats_the_digest_of_the_line_before(tmp_path: Path) -> None:
    """The chain is SHA-256 over the line before without its newline, and 64 zeros in the first."""
    with new_journal(tmp_path) as journal:
        entries = [
            journal.append(STARTED),
            journal.append(RoundStarted(1, "first", "sha256:t")),
            journal.append(FINISHED),
        ]
    lines = (tmp_path / "run" / "journal.jsonl").read_bytes().split(b"\n")
    assert lines.pop() == b""
    objects = [json.loads(line) for line in lines]
    assert [each["prev"] for each in objects] == [
        "sha256:" + "0" * 64,
        *("sha256:" + hashlib.sha256(line).hexdigest() for line in lines[:-1]),
    ]
    assert [each["seq"] for each in objects] == [0, 1, 2]
    assert list(objects[0]) == ["v", "seq", "time", "run", "event", "data", "prev"]
    assert objects[0]["event"] == "run.started"
    assert objects[0]["run"] == "run-7f3a"
    assert [entry.line for entry in entries] == lines
    assert verify_chain(str(tmp_path / "run" / "journal.jsonl")) == ()


def test_what_is_read_is_what_was_appended(tmp_path: Path) -> None:
    """An entry comes back from the file exactly as `append` returned it."""
    with new_journal(tmp_path) as journal:
        written = [journal.append(STARTED), journal.append(NoteAdded("p", "r", "s", "n"), sync=True)]
    assert list(read(journal.path)) == written


def test_only_the_owner_can_read_a_journal(tmp_path: Path) -> None:
    """Folder 0700, file 0600: output may hold what is nobody else's business."""
    with new_journal(tmp_path) as journal:
        assert stat.S_IMODE(os.stat(journal.path).st_mode) == 0o600
        assert stat.S_IMODE(os.stat(tmp_path / "run").st_mode) == 0o700


def test_a_journal_is_begun_once(tmp_path: Path) -> None:
    """A second run can never write into the journal of a first."""
    with new_journal(tmp_path), pytest.raises(JournalError, match="is there already"):
        new_journal(tmp_path)


def test_secrets_are_masked_before_they_are_stored_or_handed_on(tmp_path: Path) -> None:
    """Neither the file nor the returned entry holds a secret, wherever in the event it stood."""
    event = StepFinished(
        "smoke",
        "login",
        1,
        1,
        "failed",
        findings=(Finding("exit-code", "token hunter2-long was refused"),),
        strays=(Stray(7, ("curl", "-H", "X: hunter2-long"), 1.0, "cgroup"),),
        checks=(
            CheckResult(
                "ready", ProbeResult("GET /?t=hunter2-long", "status 200", Received(401, 3.0, "hunter2-long"), False)
            ),
        ),
        last_lines=("hunter2-long",),
    )
    with new_journal(tmp_path, Masker(["hunter2-long"]).mask) as journal:
        entry = journal.append(event)
        finished = journal.append(RunFinished("green", 0, 1, "sha256:t", 1.0, incidents=(("hunter2-long", 1),)))
    assert b"hunter2-long" not in (tmp_path / "run" / "journal.jsonl").read_bytes()
    assert "hunter2-long" not in repr(entry)
    assert "hunter2-long" not in repr(finished)
    assert isinstance(entry.event, StepFinished)
    assert entry.event.last_lines == ("•••",)


def test_a_dependency_is_masked_where_a_failure_is_named(tmp_path: Path) -> None:
    """It was read from somebody's output."""
    opened = BreakerOpened("dependency", "db.hunter2-long:5432", "sha256:t")
    with new_journal(tmp_path, Masker(["hunter2-long"]).mask) as journal:
        assert journal.append(opened).event == opened._replace(signature="db.•••:5432")


def test_a_short_secret_cannot_mangle_verdicts_and_digests(tmp_path: Path) -> None:
    """A secret whose value is "passed" or a few hex digits hides no verdict and breaks no digest."""
    with new_journal(tmp_path, Masker(["passed", "beef"]).mask) as journal:
        entry = journal.append(StepFinished("g", "s", 1, 1, "passed", output_digest="sha256:beef"))
    assert isinstance(entry.event, StepFinished)
    assert (entry.event.verdict, entry.event.output_digest) == ("passed", "sha256:beef")


def test_a_short_secret_cannot_mangle_what_a_baseline_was(tmp_path: Path) -> None:
    """Nor how a report is read again: `verify` needs both as they were."""
    accepted = BaselineAccepted("g", "s", "me", "why", "sha256:beef", "sha256:beef00")
    read = StepFinished("g", "s", 1, 1, "failed", report_format="junit")
    with new_journal(tmp_path, Masker(["beef", "junit"]).mask) as journal:
        assert [journal.append(event).event for event in (accepted, read)] == [accepted, read]


def test_odd_names_can_always_be_written(tmp_path: Path) -> None:
    """A file name that is not UTF-8 comes in with lone surrogates; the line is still UTF-8, JSON, and exact."""
    odd = os.fsdecode(b"caf\xe9 \xff") + " \u2028 \x00 é 🟡"
    with new_journal(tmp_path) as journal:
        entry = journal.append(IncidentHappened(IncidentKind.DRIFT, odd))
    text = (tmp_path / "run" / "journal.jsonl").read_bytes().decode("utf-8")
    assert text.count("\n") == 1
    assert "é 🟡" in text
    assert list(read(journal.path)) == [entry]


def test_nobody_else_can_write_while_the_run_goes_on(tmp_path: Path) -> None:
    """The lock on the journal says that the run lives."""
    with new_journal(tmp_path) as journal:
        journal.append(STARTED)
        with pytest.raises(LockHeld, match="still going on"):
            JournalWriter.reopen(str(tmp_path / "run"), clock)
    JournalWriter.reopen(str(tmp_path / "run"), clock).close()


def test_a_closed_run_can_be_added_to(tmp_path: Path) -> None:
    """`reopen` goes on with seq and chain."""
    with new_journal(tmp_path) as journal:
        journal.append(STARTED)
        journal.append(FINISHED)
    with JournalWriter.reopen(str(tmp_path / "run"), clock) as journal:
        assert journal.append(NoteAdded("p", "r", "s", "n")).seq == 2
        assert journal.repaired == ""
    assert verify_chain(journal.path) == ()


@pytest.mark.slow
@pytest.mark.parametrize("lines_before", [0, 2])
def test_a_torn_last_line_is_set_aside_at_whatever_byte_it_tore(tmp_path: Path, lines_before: int) -> None:
    """For every offset of the last line: nothing is lost, nothing is glued, and what happened is said."""
    with new_journal(tmp_path) as journal:
        for number in range(lines_before):
            journal.append(STARTED if not number else RoundStarted(number, "r", "t"))
        whole = (tmp_path / "run" / "journal.jsonl").read_bytes()
        journal.append(STARTED if not lines_before else IncidentHappened(IncidentKind.DRIFT, "é 🟡"))
    last = (tmp_path / "run" / "journal.jsonl").read_bytes()[len(whole) :]
    for cut in range(1, len(last)):
        folder = tmp_path / f"torn-{cut}"
        folder.mkdir()
        (folder / "journal.jsonl").write_bytes(whole + last[:cut])
        assert len(list(read(str(folder / "journal.jsonl")))) == lines_before + (cut == len(last) - 1)
        with JournalWriter.reopen(str(folder), clock) as journal:
            journal.append(FINISHED, sync=True)
        kept = (folder / "journal.jsonl").read_bytes()
        assert kept.startswith(whole)
        entries = list(read(journal.path))
        assert [entry.seq for entry in entries] == list(range(len(entries)))
        assert isinstance(entries[-2].event, IncidentHappened)
        assert entries[-2].event.message == journal.repaired
        if cut < len(last) - 1:
            assert (folder / "journal.jsonl.torn").read_bytes() == last[:cut] + b"\n"
            assert f"{cut} bytes were moved" in journal.repaired
            assert len(entries) == lines_before + 2
        else:
            assert kept.startswith(whole + last)
            assert "had no newline" in journal.repaired
        if lines_before:
            assert verify_chain(journal.path) == ()


def test_a_broken_last_line_is_not_built_upon(tmp_path: Path) -> None:
    """A line that ended properly and is not a journal's was altered: nothing is added behind it."""
    with new_journal(tmp_path) as journal:
        journal.append(STARTED)
    with open(journal.path, "ab") as file:
        file.write(b"rubbish\n")
    with pytest.raises(JournalError, match="cannot be read: not JSON"):
        JournalWriter.reopen(str(tmp_path / "run"), clock)


FULL_DISK = """
    import resource, signal, sys
    from gatekeeper.adapters.journal.writer import JournalWriter
    from gatekeeper.model.errors import JournalError
    from gatekeeper.model.events import NoteAdded, RunStarted

    folder, limit = sys.argv[1], int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    journal = JournalWriter.create(folder, "run", lambda: "2026-02-18T02:00:07.123Z", None)
    journal.append(RunStarted("c", "d", "t", (), ()))
    try:
        journal.append(NoteAdded("x" * 4000, "", "", ""))
    except JournalError as fault:
        print(fault)
    else:
        sys.exit("it was written")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    journal.append(NoteAdded("there is room again", "", "", ""), sync=True)
"""


def test_a_disk_that_fills_up_in_the_middle_of_a_line_leaves_whole_lines(tmp_path: Path) -> None:
    """Half a line is taken back, the error is clear, and the journal can go on where there is room again."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL_DISK), str(tmp_path / "run"), "2000"],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    assert "cannot be written" in done.stdout
    entries = list(read(str(tmp_path / "run" / "journal.jsonl")))
    assert [entry.seq for entry in entries] == [0, 1]
    assert entries[1].event == NoteAdded("there is room again", "", "", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the machine has no /dev/full")
def test_a_full_disk_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ENOSPC says that there is no room left, and why the run stops."""
    full = os.open("/dev/full", os.O_WRONLY)
    with new_journal(tmp_path) as journal:
        monkeypatch.setattr(journal, "_descriptor", full)
        with pytest.raises(JournalError, match=r"no room left.*proves nothing"):
            journal._write(b"{}\n")
        monkeypatch.undo()
    os.close(full)


def test_a_journal_that_is_deleted_under_the_run_stops_it(tmp_path: Path) -> None:
    """Writing into a file that nobody can ever read again would prove nothing."""
    with new_journal(tmp_path) as journal:
        journal.append(STARTED)
        os.unlink(journal.path)
        with pytest.raises(JournalError, match="was deleted"):
            journal.append(FINISHED)


def test_a_journal_that_somebody_else_changed_takes_no_more(tmp_path: Path) -> None:
    """A foreign line is never chained to."""
    with new_journal(tmp_path) as journal:
        journal.append(STARTED)
        with open(journal.path, "ab") as file:
            file.write(b"{}\n")
        for _ in range(2):
            with pytest.raises(JournalError, match="somebody else changed it"):
                journal.append(FINISHED)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can keep room behind the end of a file, not macOS")
def test_a_journal_keeps_room_for_its_next_lines(tmp_path: Path) -> None:
    """So that a full disk can still be told of; its size is what was written, and closing gives the room back."""
    writer = JournalWriter.create(str(tmp_path), "run-1", lambda: "2026-02-18T02:00:07.123Z")
    writer.append(IncidentHappened(IncidentKind.INTERNAL, "so it is"), sync=True)
    path = tmp_path / "journal.jsonl"
    held = path.stat()
    writer.close()
    after = path.stat()
    assert held.st_size == after.st_size == len(path.read_bytes())
    if held.st_blocks * 512 < 32 * 1024:
        pytest.skip("this file system keeps no room")
    assert after.st_blocks < held.st_blocks
