"""Runs that are broken off and gone on with: by SIGKILL, by a stop, with services, while the fixer works."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.journeys.fixers import FIX, brief_of, with_fixer
from tests.support.examples import edit
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Going, Project, alive_with, git, until

# It waits for ever the first time, and says that it does; the second time it goes on.
HANGS_ONCE = 'if [ ! -e "$BEACONS/again" ]; then : > "$BEACONS/again"; sleep 300; fi'
STACKED = f"""
gates:
  stack:
    steps:
      up: {{run: "sleep 300 & echo $! > $BEACONS/service", keep: stack}}
  work:
    needs: [stack]
    steps:
      before: {{run: "echo before >> $BEACONS/said"}}
      long: {{run: '{HANGS_ONCE}; echo long >> $BEACONS/said'}}
      after: {{run: "echo after >> $BEACONS/said"}}
"""


def killed_in_the_middle(project: Project, number: signal.Signals = signal.SIGKILL) -> Going:
    """A run that is ended by a signal while its long step, or its fixer, is waiting."""
    going = project.start("run", "tiny")
    going.until((project.temporary / "again").exists, "it is in the middle")
    going.send(number)
    going.end()
    return going


def said(project: Project) -> list[str]:
    return (project.temporary / "said").read_text("utf-8").split()


@pytest.mark.parametrize(
    "number",
    [signal.SIGKILL, signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)],
    ids=lambda number: number.name,
)
def test_it_goes_on_where_it_was(number: signal.Signals, tiny: MakeTiny) -> None:
    """In the same run: what had passed stands, what ran is run again, the service is brought up anew."""
    project = tiny(STACKED)
    going = killed_in_the_middle(project, number)
    done = project.gatekeeper("run", "--resume").expect(0)
    assert "resumed" in done.out
    journal = project.journal
    assert journal.run == going.journal.run
    assert journal.is_whole()
    assert journal.end["verdict"] == "green"
    assert [(event["step"], event["attempt"]) for event in journal.events("step.started")] == [
        *(("up", 1), ("before", 1), ("long", 1)),
        *(("up", 2), ("long", 2), ("after", 1)),
    ]
    assert said(project) == ["before", "long", "after"]
    assert "whole" in project.gatekeeper("verify", journal.run).expect(0).out
    assert not alive_with(f"GATEKEEPER_RUN={journal.run}")


@pytest.mark.slow
def test_what_has_ended_is_not_gone_on_with(tiny: MakeTiny) -> None:
    """Nor what was never there, nor beside options that are the run's own."""
    project = tiny("gates: {g: {steps: {ok: {run: 'true'}}}}")
    assert "there are no runs yet" in project.gatekeeper("run", "--resume").expect(2).err
    project.gatekeeper("run", "tiny").expect(0)
    assert "has ended: it is green" in project.gatekeeper("run", "--resume").expect(2).err
    for options in (("tiny",), ("--only", "g"), ("--rounds", "2"), ("--set", "a=b"), ("--watch",)):
        refused = project.gatekeeper("run", *options, "--resume", "latest").expect(2).err
        assert "a run goes on as it began" in refused


@pytest.mark.slow
def test_a_journal_that_somebody_changed(tiny: MakeTiny) -> None:
    """Nothing is built on evidence that is not what was written."""
    project = tiny(STACKED)
    journal = killed_in_the_middle(project).journal
    lines = journal.path.read_text("utf-8").replace('"verdict":"passed"', '"verdict":"failed"', 1)
    journal.path.write_text(lines, "utf-8")
    refused = project.gatekeeper("run", "--resume").expect(3).err
    assert "its journal is not what was written" in refused


@pytest.mark.slow
def test_the_tree_is_another_one(tiny: MakeTiny) -> None:
    """What passed before is run again: it passed on a tree that is no more."""
    project = tiny(STACKED)
    git(project.root, "init")
    git(project.root, "add", ".")
    git(project.root, "commit", "-m", "begin")
    killed_in_the_middle(project)
    Path(project.root, "new.txt").write_text("new\n", "utf-8")
    project.gatekeeper("run", "--resume").expect(0)
    assert project.journal.end["verdict"] == "green-after-fix"
    assert said(project) == ["before", "before", "long", "after"]


@pytest.mark.slow
def test_what_brings_gatekeeper_down_each_time(tiny: MakeTiny) -> None:
    """After three times it is refused, and says what ran last."""
    project = tiny("gates: {g: {steps: {bad: {run: ': > $BEACONS/again; sleep 300'}}}}")
    killed_in_the_middle(project)
    for _ in range(3):
        (project.temporary / "again").unlink()
        going = project.start("run", "--resume")
        until((project.temporary / "again").exists, "it is in the middle")
        going.send(signal.SIGKILL)
        going.end()
    refused = project.gatekeeper("run", "--resume").expect(2).err
    assert "was taken up again 3 times, and gatekeeper died each time" in refused
    assert "g/bad" in refused


@pytest.mark.slow
def test_killed_while_the_fixer_works(tiny: MakeTiny) -> None:
    """Its call counts, what it changed is told and proven like that of any other, and the end is green-after-fix."""
    project = tiny("gates: {}")
    with_fixer(project, f"{FIX}{HANGS_ONCE}\n")
    edit(project.root / "gates" / "tiny.yaml", "prove_fix: never", "prove_fix: fixer")
    git(project.root, "commit", "-q", "-a", "-m", "Proven")
    killed_in_the_middle(project)
    project.gatekeeper("run", "--resume").expect(0)
    journal = project.journal
    assert [event["call"] for event in journal.events("fixer.started")] == [1]
    finished = journal.last("fixer.finished")
    assert (finished.get("exit_code"), finished["changed"]) == (None, ["app: src/add.sh"])
    assert journal.last("fix.proved")["outcome"] == "failed"
    assert journal.end["verdict"] == "green-after-fix"
    assert brief_of(journal)
    assert "whole" in project.gatekeeper("verify", journal.run).expect(0).out


@pytest.mark.slow
def test_help_that_is_turned_off_when_it_goes_on_is_off_and_told(tiny: MakeTiny) -> None:
    """A kill switch of then stays in force, one of now is added, and both stand wherever somebody looks."""
    project = tiny("gates: {}")
    with_fixer(project, FIX)
    edit(project.root / "tests" / "sum.sh", "sum=", f"{HANGS_ONCE}\nsum=")
    git(project.root, "commit", "-q", "-a", "-m", "Hangs once")
    killed_in_the_middle(project)
    done = project.gatekeeper("run", "--resume", GATEKEEPER_NO_FIXER="1").expect(1)
    journal = project.journal
    assert journal.events("fixer.started") == []
    assert journal.last("run.resumed")["switches"] == ["no-fixer"]
    told = [line for line in done.out.splitlines() if "no-fixer" in line]
    assert [line.split()[0] for line in told] == ["resumed", "kill"]
    assert "**Kill switches in force:** `no-fixer`" in Path(journal.end["log"]).read_text("utf-8")
    assert "kill switches in force: no-fixer" in project.gatekeeper("show").out
    assert "whole" in project.gatekeeper("verify", journal.run).expect(0).out
