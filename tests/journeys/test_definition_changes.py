"""The definition is edited or deleted while its run goes on: the run goes on with its copy and says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project

pytestmark = pytest.mark.slow

WAITING = """
repos: {code: {path: code}}
gates:
  a:
    steps:
      one: {run: "touch $BEACONS/began; until [ -e $BEACONS/go-on ]; do sleep 0.01; done"}
      two: {run: "echo as it was"}
"""


@pytest.fixture
def waiting(tiny: MakeTiny) -> Project:
    """A project whose definition is no part of the tree that it judges."""
    project = tiny(WAITING)
    (project.root / "code").mkdir()
    return project


@pytest.mark.parametrize("change", ["edited", "deleted", "broken"])
def test_the_run_goes_on_with_its_copy_and_the_log_says_so(waiting: Project, change: str) -> None:
    definition = waiting.root / "gates" / "tiny.yaml"
    original = definition.read_bytes()
    going = waiting.start("run", "tiny")
    going.until((waiting.temporary / "began").exists, "the first step began")
    match change:
        case "edited":
            definition.write_bytes(original.replace(b"as it was", b"something else"))
        case "deleted":
            definition.unlink()
        case _:
            definition.write_bytes(b"gates: [")
    (waiting.temporary / "go-on").touch()
    done = going.end().expect(0)
    journal = waiting.journal
    assert journal.output("two") == "as it was\n"
    assert (journal.folder / "definition.yaml").read_bytes() == original
    told = journal.last("incident", kind="drift")["message"]
    assert str(definition) in told
    assert "copy" in told
    assert str(definition) in done.out
    assert str(definition) in Path(journal.end["log"]).read_text("utf-8")


def test_a_definition_that_stays_as_it_is_is_no_incident(waiting: Project) -> None:
    (waiting.temporary / "go-on").touch()
    waiting.gatekeeper("run", "tiny").expect(0)
    assert waiting.journal.end["incidents"] == {}


def test_the_next_run_judges_by_what_is_written_now(tiny: MakeTiny) -> None:
    """Also where the old plan lies in the cache, and size and time of the file are the same."""
    project = tiny("gates:\n  a:\n    steps:\n      one: {run: 'echo one'}\n")
    definition = project.root / "gates" / "tiny.yaml"
    project.gatekeeper("run", "tiny").expect(0)
    before = definition.stat()
    definition.write_text(definition.read_text("utf-8").replace("echo one", "echo two"), "utf-8")
    os.utime(definition, ns=(before.st_atime_ns, before.st_mtime_ns))
    project.gatekeeper("run", "tiny").expect(0)
    assert [journal.output("one") for journal in project.journals()] == ["one\n", "two\n"]
