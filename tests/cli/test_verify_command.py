"""`gatekeeper verify`: a real run, and everything that can be done to it afterwards."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.cli.main import run
from gatekeeper.cli.verifying import verify
from gatekeeper.model.verification import SPEAKS_AGAINST, Proof
from tests.cli.verified_runs import against, forge, rewrite
from tests.support.projects import Project


@pytest.fixture
def folder(ended: Project, tmp_path: Path) -> Path:
    """A copy of the run, to be done with as one likes."""
    original = ended.journal.folder
    return Path(shutil.copytree(original, tmp_path / original.name, symlinks=True))


def test_a_run_that_nobody_touched_is_whole(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == folder.name
    assert lines[-1].startswith("whole: ")
    assert all(line.startswith("ok  ") for line in lines[1:-1]), lines
    (verdict,) = [line for line in lines if line.startswith("ok  verdict: ")]
    assert "flaky (exit code 4), decided again from 3 results in 2 rounds" in verdict


def test_a_journal_is_as_good_as_its_folder(folder: Path) -> None:
    assert run(["verify", str(folder / "journal.jsonl")]) == 0


@pytest.mark.parametrize("name", ["latest", "tiny", "its id", "the end of its id"])
def test_a_run_is_named_as_elsewhere(name: str, ended: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ended.root)
    run_id = ended.journal.run
    assert run(["verify", {"its id": run_id, "the end of its id": run_id[-4:]}.get(name, name)]) == 0


def test_what_is_not_there_is_wrong_usage(ended: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ended.root)
    assert run(["verify", "nobody"]) == 2
    assert run(["verify", str(tmp_path / "nowhere")]) == 2
    assert run(["verify", "gates/tiny.yaml"]) == 2


def test_a_journal_that_is_gone(folder: Path) -> None:
    (folder / "journal.jsonl").unlink()
    assert run(["verify", str(folder)]) == 1


def test_a_run_without_an_end_was_cut_short_or_goes_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At whichever line: it is not altered, but it is not whole either."""
    lines = (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "journal.jsonl").write_bytes(b"".join(lines[:-1]))
    assert run(["verify", str(folder)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "cut short, or still going on"
    assert {check.proof for check in against(folder)} == {Proof.OPEN}


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("note.added", {"problem": "p", "root_cause": "r", "solution": "s", "nugget": "n", "domain": ""}),
        (
            "run.finished",
            {"verdict": "green", "exit_code": 0, "rounds": 2, "tree": "t", "duration_s": 1.0, "steps": []},
        ),
    ],
)
def test_a_line_that_was_added_with_a_chain_that_holds(folder: Path, event: str, data: dict[str, Any]) -> None:
    """The execution log knows which line was the last."""
    forge(folder, event, data)
    last = (folder / "journal.jsonl").read_bytes().count(b"\n")
    assert ("execution log", last) in {(check.place, check.line) for check in against(folder)}


def test_a_journal_that_was_written_anew_from_its_first_line(folder: Path) -> None:
    """A chain can be made by anybody; that its end is another one is seen in the log."""
    lines = [json.loads(line) for line in (folder / "journal.jsonl").read_bytes().splitlines()]
    lines[0]["data"]["host"] = "elsewhere"
    rewrite(folder, lines)
    (found,) = against(folder)
    assert (found.place, found.proof) == ("execution log", Proof.ALTERED)
    assert "no line of the journal has" in found.message


def test_without_its_log_the_end_of_a_journal_is_not_proven(folder: Path, ended: Project) -> None:
    """It is said, and is nothing that speaks against the run: logs are made anew by the next run of the day."""
    log = Path(str(ended.journal.last("run.started")["log"]))
    content = log.read_bytes()
    log.unlink()
    try:
        verified = verify(str(folder), run=folder.name)
    finally:
        log.write_bytes(content)
    assert verified.whole
    assert [check.place for check in verified.checks if check.proof is Proof.UNPROVEN] == ["execution log"]


def test_the_journal_of_another_run(folder: Path, tmp_path: Path) -> None:
    """Whole in itself, and not the run that its folder says."""
    other = Path(shutil.copytree(folder, tmp_path / f"{folder.name[:-4]}0000"))
    assert [(check.place, check.expected, check.found) for check in against(other)] == [
        ("journal.jsonl", other.name, folder.name)
    ]


def test_a_report_with_other_tests_than_the_journal_counts(folder: Path) -> None:
    """Somebody who can write the chain anew still has to make the report fit."""
    journal = folder / "journal.jsonl"
    journal.write_bytes(
        journal.read_bytes().replace(b'"tests":{"total":2,"passed":2', b'"tests":{"total":3,"passed":3')
    )
    assert "the journal counts other tests than its report holds" in {check.message for check in against(folder)}


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "output/../../x", "gates/x", "output//x", ""])
def test_a_name_that_leads_out_of_the_folder_is_not_followed(folder: Path, name: str) -> None:
    journal = folder / "journal.jsonl"
    output = next(
        json.loads(line)["data"]["output"] for line in journal.read_bytes().splitlines() if b'"output":' in line
    )
    journal.write_bytes(journal.read_bytes().replace(json.dumps(output).encode(), json.dumps(name).encode()))
    refused = [check for check in against(folder) if check.place == name]
    assert refused
    assert "it was not looked at" in refused[0].message
    assert not refused[0].found


def test_a_symlink_is_not_followed(folder: Path, tmp_path: Path) -> None:
    """Neither as a file nor as a folder, even if the same bytes lie there."""
    output = next(path for path in sorted((folder / "output").glob("*.log")))
    output.rename(tmp_path / "elsewhere.log")
    output.symlink_to(tmp_path / "elsewhere.log")
    assert [(check.place, check.proof) for check in against(folder)] == [(f"output/{output.name}", Proof.ALTERED)]
    output.unlink()
    (tmp_path / "elsewhere.log").rename(output)
    assert not against(folder)
    (folder / "output").rename(tmp_path / "outputs")
    (folder / "output").symlink_to(tmp_path / "outputs")
    assert f"output/{output.name}" in {check.place for check in against(folder)}


def test_what_nobody_names_is_told_and_speaks_against_nothing(folder: Path) -> None:
    (folder / "output" / "notes.txt").write_text("mine")
    verified = verify(str(folder), run=folder.name)
    assert verified.whole
    assert [check.place for check in verified.checks if check.proof is Proof.NOTE] == ["output/notes.txt"]


def test_a_journal_of_before_reports_were_named(folder: Path) -> None:
    """It is verified all the same, and what it does not prove is said."""
    lines = [json.loads(line) for line in (folder / "journal.jsonl").read_bytes().splitlines()]
    for line in lines:
        for new in ("reports", "report_format"):
            line["data"].pop(new, None)
    rewrite(folder, lines)
    verified = verify(str(folder), run=folder.name)
    assert {check.place for check in verified.checks if check.proof in SPEAKS_AGAINST} == {"execution log"}
    assert [check.place for check in verified.checks if check.proof is Proof.UNPROVEN] == ["suite/unit", "suite/unit"]


def test_programs_get_the_same_as_one_object(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "definition.yaml").write_text("gatekeeper: 1\n")
    assert run(["verify", str(folder), "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["run"], found["whole"]) == (folder.name, False)
    (bad,) = [check for check in found["checks"] if check["proof"] == "altered"]
    assert (bad["place"], bad["line"]) == ("definition.yaml", 1)
    assert bad["expected"].startswith("sha256:")
    assert bad["expected"] != bad["found"]


def test_people_see_what_was_found_beside_what_was_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = next(path for path in sorted((folder / "output").glob("*.log")))
    output.write_text("RUNNING\n"[: output.stat().st_size].ljust(output.stat().st_size, "\n"))
    assert run(["verify", str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    (at,) = [number for number, line in enumerate(lines) if line.startswith("altered")]
    assert f"output/{output.name}: its bytes are not those that were written" in lines[at]
    assert lines[at + 1].split()[0] == "expected"
    assert lines[at + 2].split()[0] == "found"
    assert lines[-1] == "not whole: 1 thing not as it was"
