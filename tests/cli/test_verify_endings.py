"""`gatekeeper verify` on runs that ended in every other way: what they say holds, too."""

from __future__ import annotations

import signal

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, git

HANGING = "gates:\n  a:\n    steps:\n      one: {run: 'true'}\n      two: {run: 'touch $BEACONS/on; exec sleep 600'}\n"


def verified(project: Project, code: int = 0) -> str:
    """What verify says of the newest run."""
    return project.gatekeeper("verify", "latest").expect(code).out


@pytest.mark.slow
def test_a_hang_has_a_dossier_and_its_digest(tiny: MakeTiny) -> None:
    """Whoever changes what a step was doing when it was ended is found out."""
    project = tiny("gates:\n  a:\n    steps:\n      one: {run: 'sleep 600', timeout: 1s, grace: 100ms}\n")
    project.gatekeeper("run", "tiny", "--rounds", "1").expect(1)
    (dossier,) = (project.journal.folder / "dossiers").iterdir()
    assert f"ok  dossiers/{dossier.name}" in verified(project)
    dossier.write_text(dossier.read_text().replace("sleep", "think"))
    assert f"altered  dossiers/{dossier.name}" in verified(project, 1)


def test_an_interrupted_run(tiny: MakeTiny) -> None:
    project = tiny(HANGING)
    going = project.start("run", "tiny")
    going.until((project.temporary / "on").exists, "the step runs")
    assert "still going on" in verified(project, 1).splitlines()[-1]
    going.send(signal.SIGTERM)
    going.end().expect(143)
    assert "aborted (exit code 143), decided again" in verified(project)


@pytest.mark.slow
def test_a_killed_run_is_open_until_somebody_closes_it(tiny: MakeTiny) -> None:
    """To look at evidence is not to change it."""
    project = tiny(HANGING)
    going = project.start("run", "tiny")
    going.until((project.temporary / "on").exists, "the step runs")
    going.send(signal.SIGKILL)
    going.end()
    before = project.journal.path.read_bytes()
    assert "cut short, or still going on" in verified(project, 1)
    assert project.journal.path.read_bytes() == before
    project.gatekeeper("reap")
    assert "it was broken off, and nothing is said of the tree" in verified(project)


@pytest.mark.slow
def test_a_run_of_a_part_and_a_note_that_was_added_later(tiny: MakeTiny) -> None:
    """What is added in order is in the log's digest, too."""
    project = tiny("gates:\n  a:\n    steps: {one: {run: 'true'}, two: {run: 'false'}}\n")
    project.gatekeeper("run", "tiny", "--only", "a/one").expect(0)
    note = ("--problem", "p", "--root-cause", "r", "--solution", "s", "--nugget", "n")
    project.gatekeeper("note", "latest", *note).expect(0)
    assert "execution log: " in verified(project)


@pytest.mark.slow
def test_secrets_and_services_and_trees_that_change(tiny: MakeTiny) -> None:
    """What is hidden was hidden before it was digested; a service's output is named when it ends."""
    project = tiny("""
secrets: [TOKEN]
until_green: {rounds: 3}
gates:
  a:
    steps:
      up: {run: 'echo up; exec sleep 600 & disown', keep: service}
      tell: {run: 'echo "$TOKEN" > told; echo "$TOKEN"; exit 1', artifacts: [told]}
  b:
    tier: advisory
    steps: {docs: {run: 'exit 2'}}
""")
    git(project.root, "init", "-q")
    git(project.root, "add", "-A")
    git(project.root, "commit", "-qm", "all")
    project.gatekeeper("run", "tiny", TOKEN="correct-horse-battery").expect(1)
    said = verified(project)
    assert "red (exit code 1), decided again" in said
    assert "service.log" in said
