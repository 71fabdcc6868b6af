"""What a newer gatekeeper has written is left as it is, said so, and never taken for nothing, and never for green."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.support.projects import Project, git

CYCLE = """\
log: {file: log.md}
gates:
  a:
    steps:
      one:
        run: test ! -e broken
        known_bad: {run: touch broken, expect: exit}
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a green run, a kept verdict and a proof; to be copied."""
    project = Project.with_cycle(tmp_path_factory.mktemp("formats") / "project", CYCLE)
    (project.root / ".gitignore").write_text("log.md\n")
    git(project.root, "init", "-q")
    git(project.root, "add", "-A")
    git(project.root, "commit", "-qm", "x")
    project.gatekeeper("prove", "tiny").expect(0)
    project.gatekeeper("run", "tiny").expect(0)
    return project.root


@pytest.fixture
def project(ran: Path, tmp_path: Path) -> Project:
    shutil.copytree(ran, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project", tmp_path / "tmp")


def newer(path: Path) -> bytes:
    """The file, with every version in it raised to one that no gatekeeper has yet."""
    path.write_bytes(
        re.sub(rb'^(\s*\{?\s*"(?:v|gatekeeper_baseline)": ?)1\b', rb"\g<1>99", path.read_bytes(), flags=re.MULTILINE)
    )
    assert b"99" in path.read_bytes()
    return path.read_bytes()


READERS = [
    ("show", "latest"),
    ("export", "latest", "--to", "summary"),
    ("report", "latest", "-o", "-"),
    ("log", "latest"),
    ("note", "latest", "--problem", "p", "--root-cause", "r", "--solution", "s", "--nugget", "n"),
    ("run", "--resume"),
]


@pytest.mark.slow
def test_a_journal_of_a_newer_version_is_only_told_of(project: Project) -> None:
    (journal,) = project.journals()
    before = newer(journal.path)
    document = (project.root / "log.md").read_bytes()
    for command in READERS:
        done = project.gatekeeper(*command)
        assert done.code not in {0, 70}, command
        assert "format v99" in done.err, command
        assert "Upgrade gatekeeper" in done.err, command
    verified = project.gatekeeper("verify", "latest").expect(1)
    assert "format v99" in verified.out
    listed = project.gatekeeper().expect(0).out
    assert "unreadable" in listed
    assert "green" not in listed
    project.gatekeeper("reap").expect(0)
    assert journal.path.read_bytes() == before
    assert (project.root / "log.md").read_bytes() == document


@pytest.mark.slow
def test_a_new_run_goes_on_beside_it(project: Project) -> None:
    (journal,) = project.journals()
    before = newer(journal.path)
    project.gatekeeper("run", "tiny").expect(0)
    assert journal.path.read_bytes() == before


def test_one_line_of_another_version_makes_a_journal_no_whole_one(project: Project) -> None:
    (journal,) = project.journals()
    lines = journal.path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b'{"v":1', b'{"v":0', 1)
    journal.path.write_bytes(b"".join(lines))
    assert "journal.jsonl:3: this journal is in format v0" in project.gatekeeper("verify", "latest").expect(1).out
    assert "restore the journal" in project.gatekeeper("show", "latest").expect(3).err


def verdict_of(project: Project) -> Path:
    shutil.rmtree(project.root / ".gatekeeper" / "verdicts")
    project.gatekeeper("run", "tiny").expect(0)
    (kept,) = (project.root / ".gatekeeper" / "verdicts").iterdir()
    return kept


@pytest.mark.slow
def test_a_verdict_of_a_newer_version_is_neither_believed_nor_replaced(project: Project) -> None:
    kept = verdict_of(project)
    project.gatekeeper("verdict").expect(0)
    before = newer(kept)
    done = project.gatekeeper("verdict").expect(3)
    assert "a newer gatekeeper (format v99; this one reads v1)" in done.err
    assert "the verdict is not kept" in project.gatekeeper("run", "tiny").expect(0).err
    assert kept.read_bytes() == before


@pytest.mark.slow
def test_a_verdict_of_an_older_version_is_said_anew(project: Project) -> None:
    kept = verdict_of(project)
    kept.write_text(kept.read_text().replace('"v": 1', '"v": 0'))
    project.gatekeeper("verdict").expect(3)
    project.gatekeeper("run", "tiny").expect(0)
    project.gatekeeper("verdict").expect(0)


@pytest.mark.slow
def test_a_proof_of_a_newer_version_is_no_proof_and_is_not_replaced(project: Project) -> None:
    (kept,) = (project.root / ".gatekeeper" / "proofs").rglob("*.json")
    before = newer(kept)
    told = json.loads(project.gatekeeper("plan", "tiny", "--format", "json").expect(0).out)
    assert told["gates"][0]["steps"][0]["proof"] == "unproven"
    assert "format v99" in project.gatekeeper("prove", "tiny").expect(3).err
    assert kept.read_bytes() == before


def test_what_a_newer_version_says_of_a_run_that_died_is_left_to_it(project: Project) -> None:
    """Its ledger names processes that this version cannot find again: to remove it would be to forget them."""
    ledger = project.root / ".gatekeeper" / "open" / "2026-01-01T00-00-00Z-tiny-abcd.jsonl"
    ledger.parent.mkdir(exist_ok=True)
    line = '{"v": 99, "boot": "b", "owner": [1, 1], "anything": true}\n'
    ledger.write_text(line)
    assert f"left alone, to be finished by the version of gatekeeper that wrote it: {ledger}" in (
        project.gatekeeper("reap").expect(0).out
    )
    assert ledger.read_text() == line


@pytest.mark.slow
def test_a_cached_plan_of_another_version_is_compiled_anew(project: Project) -> None:
    shutil.rmtree(project.root / ".gatekeeper" / "cache")
    project.gatekeeper("plan", "tiny").expect(0)
    (kept,) = (project.root / ".gatekeeper" / "cache").glob("*.plan.json")
    before = kept.read_bytes()
    kept.write_bytes(re.sub(rb"^gatekeeper-plan \d+", b"gatekeeper-plan 99", before))
    project.gatekeeper("plan", "tiny").expect(0)
    assert kept.read_bytes() == before


@pytest.mark.slow
def test_a_baseline_of_a_newer_version_is_refused_and_kept(project: Project) -> None:
    definition = project.root / "gates" / "tiny.yaml"
    report = """printf '<testsuite name="s" tests="1"><testcase classname="c" name="t"/></testsuite>' > r.xml"""
    extra = "        report: {junit: r.xml}\n        baseline: {new_failures: 0}\n        mutates: [r.xml]\n"
    text = definition.read_text().replace(
        "run: test ! -e broken\n", f"run: |\n          test ! -e broken\n          {report}\n{extra}"
    )
    definition.write_text(text)
    project.gatekeeper("run", "tiny")
    project.gatekeeper("baseline", "accept", "tiny", "--reason", "first", "--by", "me").expect(0)
    (kept,) = (project.root / "gates" / "baselines").rglob("*.json")
    before = newer(kept)
    assert "version 99 of the format is not known" in project.gatekeeper("check", "tiny").text
    assert project.gatekeeper("run", "tiny").code not in {0, 70}
    assert project.gatekeeper("baseline", "accept", "tiny", "--reason", "second", "--by", "me").code not in {0, 70}
    assert kept.read_bytes() == before


@pytest.mark.slow
def test_a_definition_of_a_newer_version_is_refused(project: Project) -> None:
    definition = project.root / "gates" / "tiny.yaml"
    definition.write_text(definition.read_text().replace("gatekeeper: 1", "gatekeeper: 2"))
    for command in ("run", "check", "plan"):
        assert "this file may want a newer gatekeeper" in project.gatekeeper(command, "tiny").expect(78).text
