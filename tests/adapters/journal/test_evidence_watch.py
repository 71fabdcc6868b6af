"""A run's own evidence is looked at once more before its verdict: what is not as it was written is named."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.adapters.journal.evidence_watch import EvidenceWatch
from gatekeeper.adapters.journal.writer import JournalWriter
from gatekeeper.model.events import Entry, RoundStarted, StepFinished
from gatekeeper.model.outcome import Artifact


@pytest.fixture
def run(tmp_path: Path) -> tuple[Path, EvidenceWatch]:
    """The evidence of a run with one step, with its output and one kept report."""
    watch = EvidenceWatch(str(tmp_path))
    (tmp_path / "out.log").write_bytes(b"said\n")
    (tmp_path / "report.xml").write_bytes(b"<testsuites/>")
    with JournalWriter.create(str(tmp_path), "run-1", lambda: "2026-02-18T02:00:07.000Z") as journal:
        for number in range(3):
            watch.receive(journal.append(RoundStarted(number, "first", "sha256:0")))
        report = Artifact("reports/a.xml", "report.xml", digest(b"<testsuites/>"))
        finished = StepFinished("g", "s", 1, 1, "passed", output="out.log", output_digest=digest(b"said\n"))
        watch.receive(journal.append(finished._replace(reports=(report,))))
    return tmp_path, watch


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_evidence_that_is_as_it_was_written(run: tuple[Path, EvidenceWatch]) -> None:
    assert run[1].altered() == ()


def test_a_line_that_was_rewritten(run: tuple[Path, EvidenceWatch]) -> None:
    folder, watch = run
    journal = folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"round":1', b'"round":9'))
    (change,) = watch.altered()
    assert (change.file, change.kind, change.effect) == (str(journal), "evidence", "weakening")
    assert change.reasons == ("evidence-altered: line 2 is not what this run wrote",)


@pytest.mark.parametrize("name", ["out.log", "report.xml"])
def test_a_file_that_was_edited_or_is_gone(run: tuple[Path, EvidenceWatch], name: str) -> None:
    folder, watch = run
    (folder / name).write_bytes(b"nice")
    assert [change.reasons for change in watch.altered()] == [("evidence-altered: it is not what this run wrote",)]
    (folder / name).unlink()
    assert [change.reasons for change in watch.altered()] == [("evidence-altered: it is gone",)]


def test_a_journal_that_is_gone_or_cut_short(run: tuple[Path, EvidenceWatch]) -> None:
    folder, watch = run
    journal = folder / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]))
    assert [change.reasons for change in watch.altered()] == [("evidence-altered: 1 line of it is gone",)]
    journal.unlink()
    assert len(watch.altered()) == 1


def test_what_comes_in_during_the_look_is_for_the_next_one(
    run: tuple[Path, EvidenceWatch], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look is a thread's, while steps may still be told of."""
    _, watch = run
    hashed = hashlib.sha256
    more = iter(range(100))

    def hash_while_more_comes_in(content: bytes = b"") -> Any:
        number = next(more)
        finished = StepFinished("g", f"s{number}", 1, 1, "passed", output=f"{number}.log", output_digest="sha256:0")
        watch.receive(Entry(number, "", "run-1", finished, "sha256:0"))
        return hashed(content)

    monkeypatch.setattr(hashlib, "sha256", hash_while_more_comes_in)
    monkeypatch.setattr(hashlib, "file_digest", lambda file, _name: hash_while_more_comes_in(file.read()))
    assert watch.altered() == ()
    assert next(more) > 0
