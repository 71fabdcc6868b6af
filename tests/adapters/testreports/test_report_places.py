"""Where reports may lie, and what may lie in their place: nothing is overlooked, and nothing holds anybody."""

from __future__ import annotations

import os
import pwd
import socket
import tempfile
from pathlib import Path

import pytest

from gatekeeper.adapters.testreports import places
from gatekeeper.adapters.testreports.reader import ReportReader
from gatekeeper.model.demands import ReportSpec
from gatekeeper.model.report import ReportProblem
from gatekeeper.policy.masking import Masker
from tests.adapters.testreports.reading import passes
from tests.adapters.testreports.steps import Step

PASSED = '<testsuite tests="1" failures="0"><testcase name="a"/></testsuite>'


def test_every_glob_must_have_found_something(step: Step) -> None:
    """Half a report may be the better half."""
    both = ReportSpec("junit", ("reports/*.xml", "more/*.xml"))
    step.begin(both)
    step.file.write_text(PASSED)
    found = step.end(both)
    assert isinstance(found, ReportProblem)
    assert found == ReportProblem(
        "missing", f"the step wrote only a part of its report: nothing matches 'more/*.xml' in {step.folder}"
    )


def test_what_is_there_of_an_optional_report_is_read(step: Step) -> None:
    """Otherwise a missing half would hide the failures of the other."""
    both = ReportSpec("junit", ("reports/*.xml", "more/*.xml"), optional=True)
    step.begin(both)
    step.file.write_text(PASSED)
    assert passes(step.end(both))
    step.file.unlink()
    found = step.end(both)
    assert isinstance(found, ReportProblem)
    assert found.kind == "missing"


def test_a_folder_in_the_place_of_the_report(step: Step) -> None:
    whole = ReportSpec("junit", ("reports",))
    step.begin(whole)
    found = step.end(whole)
    assert found == ReportProblem("unreadable", "reports is a folder, not a report; write `reports/*`")


def test_a_socket_in_the_place_of_the_report(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(step.folder)
    step.begin()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("reports/a.xml")
        found = step.end()
    assert isinstance(found, ReportProblem)
    assert found.kind == "unreadable"


def test_a_report_that_may_not_be_read() -> None:
    """Not even by root, who is somebody else for as long as it takes."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        step = Step(Path(name), ReportReader(f"{name}/run", Masker(())))
        step.begin()
        step.file.write_text(PASSED)
        step.file.chmod(0)
        me = os.geteuid()
        os.seteuid(me or pwd.getpwnam("nobody").pw_uid)
        try:
            found = step.end()
        finally:
            os.seteuid(me)
    assert found == ReportProblem("unreadable", "reports/a.xml cannot be read or kept: Permission denied")


def test_links_that_go_round_and_round_hold_nobody(step: Step) -> None:
    """Two links to their own folder make 2 to the 40 paths."""
    for name in ("one", "two"):
        (step.folder / name).symlink_to(step.folder)
    deep = ReportSpec("junit", ("**/*.xml",))
    step.begin(deep)
    step.file.write_text(PASSED)
    assert passes(step.end(deep))


def test_a_glob_through_too_much_is_told(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOST_VISITED", 10)
    for number in range(20):
        (step.folder / f"{number}.txt").touch()
    wide = ReportSpec("junit", ("**/*.xml",))
    step.begin(wide)
    found = step.end(wide)
    assert isinstance(found, ReportProblem)
    assert found.message == (f"the glob '**/*.xml' leads through more than 10 files in {step.folder}; make it narrower")


def test_a_name_that_is_no_text(step: Step) -> None:
    """What is said of it can be written down."""
    step.begin()
    with open(os.path.join(os.fsencode(step.folder), b"reports/\xff.xml"), "wb") as file:
        file.write(b"<html/>")
    found = step.end()
    assert isinstance(found, ReportProblem)
    assert "reports/?.xml" in found.message
    found.message.encode()
