"""The execution log on disk: written when it ought to be, atomically, and never at the cost of what is there."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.adapters.executionlog import saving
from gatekeeper.adapters.executionlog.atomic import replace_bytes
from gatekeeper.adapters.executionlog.writer import ExecutionLogWriter, is_current
from gatekeeper.model.events import Entry, RoundFinished, RunFinished, RunStarted
from gatekeeper.policy.fold import fold
from tests.adapters.executionlog import log_stories as stories
from tests.adapters.executionlog import log_telling as telling

REFERENCE = Path(__file__).parent / "reference-log.md"


class Situation:
    """A log at `path`, a writer on it, and what the writer complained of."""

    def __init__(self, tmp_path: Path) -> None:
        self.path = tmp_path / "logs" / "log.md"
        self.state = tmp_path / ".gatekeeper"
        (self.state / "runs" / telling.RUN).mkdir(parents=True)
        self.complaints: list[str] = []
        self.writer = ExecutionLogWriter(telling.RUN, str(self.path), str(self.state), self.complaints.append)

    def with_document(self, content: bytes = REFERENCE.read_bytes()) -> Situation:
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_bytes(content)
        return self

    def run(self, story: Callable[[], telling.Story] = stories.green) -> Situation:
        for entry in story().entries:
            self.writer.receive(entry)
        return self

    @property
    def aside(self) -> Path:
        return self.path.with_name("log.gatekeeper.md")


@pytest.fixture
def situation(tmp_path: Path) -> Situation:
    return Situation(tmp_path)


def test_a_missing_document_is_made_with_its_folder(situation: Situation) -> None:
    situation.run()
    assert situation.path.read_text("utf-8").startswith("# Execution Log - Cycle 17 Backend quality gate\n")
    assert "**Status:** ✅ Green" in situation.path.read_text("utf-8")
    assert situation.complaints == []
    assert os.listdir(situation.path.parent) == ["log.md"]


def test_the_reference_log_is_filled_in(situation: Situation) -> None:
    """A plan that a person wrote becomes the log of its run."""
    text = situation.with_document().run(stories.ALL["red-timeout-stray"]).path.read_text("utf-8")
    assert text.startswith("# Execution Log - Cycle 17 Backend (Pay Mode)\n")
    assert "**Worker Model:** openai-codex/gpt-5.3-codex" in text
    assert "**Status:** ❌ Red" in text
    assert "Pending backend worker" not in text
    assert situation.complaints == []


def test_it_is_written_at_the_start_after_every_round_and_at_the_end(situation: Situation) -> None:
    """At these moments the document is what the events so far say; between them it is not touched."""
    so_far: list[Entry] = []
    stamps: list[int] = []
    for entry in stories.flaky().entries:
        so_far.append(entry)
        situation.writer.receive(entry)
        if isinstance(entry.event, RunStarted | RoundFinished | RunFinished):
            assert is_current(fold(telling.RUN, so_far), str(situation.path)) == ""
        stamps.append(os.stat(situation.path).st_mtime_ns)
    assert len(set(stamps)) == 4


def test_writing_again_changes_nothing(situation: Situation) -> None:
    situation.with_document().run()
    before = os.stat(situation.path).st_mtime_ns
    assert situation.writer.write() == ""
    assert os.stat(situation.path).st_mtime_ns == before


def test_the_mode_of_the_document_is_kept(situation: Situation) -> None:
    situation.with_document()
    situation.path.chmod(0o664)
    situation.run()
    assert stat.S_IMODE(os.stat(situation.path).st_mode) == 0o664


def test_a_link_stays_a_link(situation: Situation, tmp_path: Path) -> None:
    """What the link leads to is written; the link is not replaced by a file."""
    target = tmp_path / "elsewhere.md"
    target.write_bytes(REFERENCE.read_bytes())
    situation.path.parent.mkdir()
    situation.path.symlink_to(target)
    situation.run()
    assert situation.path.is_symlink()
    assert "**Status:** ✅ Green" in target.read_text("utf-8")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<!-- gatekeeper:begin status -->\n", "never ends"),
        (b"caf\xe9\n", "not UTF-8"),
    ],
)
def test_a_document_that_cannot_be_merged_into_stays_untouched(situation: Situation, content: bytes, said: str) -> None:
    """The text goes beside it, and one complaint says why and where."""
    situation.with_document(content).run()
    assert situation.path.read_bytes() == content
    assert "**Status:** ✅ Green" in situation.aside.read_text("utf-8")
    (complaint,) = situation.complaints
    assert said in complaint
    assert str(situation.aside) in complaint
    assert situation.writer.written_to == str(situation.aside)


def test_an_edit_inside_the_markers_is_kept(situation: Situation) -> None:
    """Somebody writes into our section while the run goes on: their words stay."""
    entries = stories.green().entries
    situation.with_document()
    situation.writer.receive(entries[0])
    edited = situation.path.read_bytes().replace("🟡".encode(), "🟡 I am looking at this.".encode())
    situation.path.write_bytes(edited)
    for entry in entries[1:]:
        situation.writer.receive(entry)
    assert situation.path.read_bytes() == edited
    assert len(situation.complaints) == 1
    assert "somebody edited" in situation.complaints[0]
    assert "**Status:** ✅ Green" in situation.aside.read_text("utf-8")


def test_a_read_only_document_is_left_alone_also_by_root(situation: Situation) -> None:
    situation.with_document()
    situation.path.chmod(0o444)
    situation.run()
    assert situation.path.read_bytes() == REFERENCE.read_bytes()
    assert "read-only" in situation.complaints[0]
    assert situation.aside.exists()


def test_where_nothing_can_be_written_beside_it_the_text_goes_to_the_run(situation: Situation) -> None:
    """The log's folder is a file: the text is not lost, and nothing is raised."""
    situation.path.parent.write_text("I am a file.")
    situation.run()
    kept = situation.state / "runs" / telling.RUN / "log.gatekeeper.md"
    assert "**Status:** ✅ Green" in kept.read_text("utf-8")
    assert str(kept) in situation.complaints[0]
    assert len(situation.complaints) == 1


def test_what_a_person_saves_at_the_same_time_is_merged_into(
    situation: Situation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saved between our reading and our replacing: nothing of theirs is lost, and nothing of ours."""
    situation.with_document()
    saved: list[bool] = []

    def replace_after_somebody_saved(path: str, content: bytes, expected: bytes | None) -> bool:
        if not saved:
            saved.append(True)
            situation.path.write_bytes(REFERENCE.read_bytes() + b"\nA last thought.\n")
        return replace_bytes(path, content, expected)

    monkeypatch.setattr(saving, "replace_bytes", replace_after_somebody_saved)
    situation.run()
    text = situation.path.read_text("utf-8")
    assert "A last thought." in text
    assert "**Status:** ✅ Green" in text
    assert situation.complaints == []
    assert os.listdir(situation.path.parent) == ["log.md"]


def test_a_document_that_never_keeps_still_is_left_alone(situation: Situation, monkeypatch: pytest.MonkeyPatch) -> None:
    situation.with_document()

    def always_saved_by_somebody(path: str, content: bytes, expected: bytes | None) -> bool:
        return path == str(situation.aside) and replace_bytes(path, content, expected)

    monkeypatch.setattr(saving, "replace_bytes", always_saved_by_somebody)
    situation.run()
    assert situation.path.read_bytes() == REFERENCE.read_bytes()
    assert "keeps saving it" in situation.complaints[0]


def test_a_full_disk_leaves_the_document_whole(situation: Situation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new text never gets its place, and nothing half-written is left beside it."""
    situation.with_document()

    def full(descriptor: int, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    situation.run()
    monkeypatch.undo()
    assert situation.path.read_bytes() == REFERENCE.read_bytes()
    assert os.listdir(situation.path.parent) == ["log.md"]
    assert "No space left on device" in situation.complaints[0]


def test_a_log_that_does_not_fit_its_journal_is_told(situation: Situation, tmp_path: Path) -> None:
    """Missing, older, or edited: each is said in words."""
    entries = stories.green().entries
    situation.run()
    assert is_current(fold(telling.RUN, entries), str(situation.path)) == ""
    assert "not what the journal says" in is_current(fold(telling.RUN, entries[:5]), str(situation.path))
    assert "not there" in is_current(fold(telling.RUN, entries), str(tmp_path / "none.md"))
    situation.path.write_bytes(
        situation.path.read_bytes().replace(b"quality", b"QUALITY").replace(b"passed", b"PASSED")
    )
    assert "somebody edited" in is_current(fold(telling.RUN, entries), str(situation.path))


@pytest.mark.slow
def test_nobody_waits_for_templates_before_the_end(situation: Situation, tmp_path: Path) -> None:
    """Events go on while they are rendered and written; what is older never comes after what is newer."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "summary.md.j2").write_text("{{ default }}\n\nrounds: {{ facts.rounds | length }}\n", "utf-8")
    situation.path.parent.mkdir()
    first, *others, last = stories.green().entries
    assert isinstance(first.event, RunStarted)
    folder = os.open(situation.path.parent, os.O_RDONLY)
    try:
        # Another gatekeeper is at work there: whoever writes has to wait.
        fcntl.flock(folder, fcntl.LOCK_EX)
        situation.writer.receive(first._replace(event=first.event._replace(log_templates=str(own))))
        assert not situation.path.exists()
        for entry in others:
            situation.writer.receive(entry)
    finally:
        os.close(folder)
    situation.writer.receive(last)
    assert not situation.writer.is_writing
    assert "rounds: 1" in situation.path.read_text("utf-8")
    assert situation.complaints == []
