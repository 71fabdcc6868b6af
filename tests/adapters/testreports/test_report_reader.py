"""Finding, clearing and keeping the report files of a step."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from pathlib import Path

import pytest

from gatekeeper.adapters.testreports import files as report_files
from gatekeeper.adapters.testreports.reader import ReportReader
from gatekeeper.model.demands import ReportSpec
from gatekeeper.model.report import Report, ReportProblem, Totals
from gatekeeper.policy.masking import Masker

PASSED = '<testsuite tests="1" failures="0"><testcase name="a"/></testsuite>'
FAILED = '<testsuite tests="1" failures="1"><testcase name="b"><failure message="m"/></testcase></testsuite>'
SPEC = ReportSpec("junit", ("reports/*.xml",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "step/reports").mkdir(parents=True)
    return tmp_path / "step"


@pytest.fixture
def reader(tmp_path: Path) -> ReportReader:
    return ReportReader(str(tmp_path / "run"), Masker(()))


def read(reader: ReportReader, folder: Path, spec: ReportSpec = SPEC) -> Report | ReportProblem:
    return reader.read(spec, str(folder), time.time_ns())


def test_all_files_make_one_report(reader: ReportReader, folder: Path) -> None:
    """Counts, cases and contradictions of every file that a glob matches, each file once."""
    (folder / "reports/a.xml").write_text(PASSED)
    (folder / "reports/b.xml").write_text(FAILED)
    report = read(reader, folder, ReportSpec("junit", ("reports/*.xml", "**/b.xml")))
    assert isinstance(report, Report)
    assert report.counts == Totals(2, 1, 1, 0, 0)
    assert [case.id for case in report.cases] == ["b"]
    assert len(report.files) == 2


def test_what_was_read_is_kept_under_its_digest(reader: ReportReader, folder: Path) -> None:
    """The copy is private, has its digest in its name, and no half copy stands beside it."""
    (folder / "reports/a b.xml").write_text(PASSED)
    report = read(reader, folder)
    assert isinstance(report, Report)
    [file] = report.files
    kept = Path(reader.run_folder, file)
    assert kept.read_text() == PASSED
    assert kept.name == f"{hashlib.sha256(PASSED.encode()).hexdigest()}-a_b.xml"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert list(kept.parent.iterdir()) == [kept]


def test_secrets_do_not_reach_the_evidence(tmp_path: Path, folder: Path) -> None:
    """Neither the copy nor a message holds a secret."""
    reader = ReportReader(str(tmp_path / "run"), Masker(["hunter22"]))
    (folder / "reports/a.xml").write_text(FAILED.replace('"m"', '"token hunter22"'))
    report = read(reader, folder)
    assert isinstance(report, Report)
    assert "hunter22" not in str(report)
    assert "hunter22" not in Path(reader.run_folder, report.files[0]).read_text()


def test_no_report_at_all(reader: ReportReader, folder: Path) -> None:
    """The problem names the glob and where it was looked for."""
    problem = read(reader, folder)
    assert problem == ReportProblem("missing", f"the step wrote no report: nothing matches 'reports/*.xml' in {folder}")


def test_yesterdays_report_is_cleared(reader: ReportReader, folder: Path) -> None:
    """A runner that crashes before it writes cannot pass with old results."""
    (folder / "reports/a.xml").write_text(PASSED)
    (folder / "reports/empty.xml").write_text("")
    reader.clear(SPEC, str(folder))
    assert list((folder / "reports").iterdir()) == []


def test_a_glob_that_is_too_wide_costs_nobody_a_file(reader: ReportReader, folder: Path) -> None:
    """What is no report stays, and is told as stale afterwards."""
    wide = ReportSpec("junit", ("**/*.xml",))
    pom = folder / "pom.xml"
    pom.write_text("<project/>")
    os.utime(pom, (0, 0))
    (folder / "old.xml").write_text(PASSED)
    reader.clear(wide, str(folder))
    assert sorted(path.name for path in folder.rglob("*.xml")) == ["pom.xml"]
    problem = read(reader, folder, wide)
    assert isinstance(problem, ReportProblem)
    assert problem.kind == "stale"
    assert problem.message.startswith("pom.xml was there before the attempt and has not changed since: ")


def test_a_report_that_could_not_be_cleared_is_stale(reader: ReportReader, folder: Path) -> None:
    """One old file among new ones is enough."""
    (folder / "reports/new.xml").write_text(PASSED)
    (folder / "reports/old.xml").write_text(PASSED)
    os.utime(folder / "reports/old.xml", (time.time() - 60, time.time() - 60))
    problem = read(reader, folder)
    assert isinstance(problem, ReportProblem)
    assert (problem.kind, problem.message.split()[0]) == ("stale", "reports/old.xml")


def test_one_unreadable_file_spoils_the_report(reader: ReportReader, folder: Path) -> None:
    """What the others say may be half of the truth."""
    (folder / "reports/a.xml").write_text(PASSED)
    (folder / "reports/b.xml").write_text(PASSED[:-5])
    problem = read(reader, folder)
    assert isinstance(problem, ReportProblem)
    assert problem.kind == "unreadable"
    assert problem.message.startswith("reports/b.xml is cut short or not XML")


@pytest.mark.parametrize("make", ["empty", "pipe", "huge", "loop"])
def test_what_cannot_be_read_is_told_and_holds_nobody(
    reader: ReportReader, folder: Path, make: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Empty files, pipes, files beyond the bound and links to nowhere."""
    path = folder / "reports/a.xml"
    match make:
        case "empty":
            path.write_text("")
        case "pipe":
            os.mkfifo(path)
        case "huge":
            monkeypatch.setattr(report_files, "LARGEST", 1 << 20)
            path.write_bytes(b"x" * (2 << 20))
        case _:
            path.symlink_to(path)
    reader.clear(SPEC, str(folder / "nowhere"))
    problem = read(reader, folder)
    assert isinstance(problem, ReportProblem)
    assert problem.kind == "unreadable"
    assert problem.message.startswith("reports/a.xml ")
