"""The options of `gatekeeper run`, each doing what it says."""

from __future__ import annotations

import json
import signal

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project

CYCLE = """
vars: {word: default}
gates:
  first:
    steps:
      one: {run: "echo ${vars.word}"}
      two: {run: "true"}
  second:
    needs: [first]
    steps:
      three: {run: "true"}
      four: {run: "true", needs: [three]}
  third:
    steps:
      five: {run: "false"}
"""
# Each of three gates waits for the two others: only side by side can they pass.
MEET = "until [ -e $BEACONS/a -a -e $BEACONS/b -a -e $BEACONS/c ]; do sleep 0.01; done"
TOGETHER = "gates:\n" + "".join(
    f"""
  {name}:
    steps:
      meet: {{run: "touch $BEACONS/{name}; {MEET}", timeout: 20s}}
"""
    for name in "abc"
)


def ran(project: Project) -> set[str]:
    return {f"{data['gate']}/{data['step']}" for data in project.journal.events("step.started")}


def output(project: Project, step: str) -> str:
    return project.journal.output(step)


def test_only_a_step_runs_it_and_what_it_needs(tiny: MakeTiny) -> None:
    project = tiny(CYCLE)
    done = project.gatekeeper("run", "tiny", "--only", "second/four").expect(0)
    assert ran(project) == {"first/one", "first/two", "second/three", "second/four"}
    assert project.journal.last("run.started")["selection"] == "second/four"
    assert "only second/four" in done.out, "a green of a part must not look like one of the whole"


def test_only_a_gate(tiny: MakeTiny) -> None:
    project = tiny(CYCLE)
    project.gatekeeper("run", "tiny", "--only", "third", "--rounds", "1").expect(1)
    assert ran(project) == {"third/five"}


def test_only_twice_is_both(tiny: MakeTiny) -> None:
    """None of them silently falls away, and every place that names the part names all of it."""
    project = tiny(CYCLE)
    selected = ("--only", "third", "--only", "first/one", "--only", "third")
    done = project.gatekeeper("run", "tiny", *selected, "--rounds", "1").expect(1)
    assert ran(project) == {"first/one", "third/five"}
    assert project.journal.last("run.started")["selection"] == "third, first/one"
    assert project.journal.end["selection"] == "third, first/one"
    assert "only third, first/one" in done.out
    assert "gatekeeper run tiny --only third/five" in done.out


def test_jobs_lets_gates_overlap(tiny: MakeTiny) -> None:
    project = tiny(TOGETHER)
    project.gatekeeper("run", "tiny", "--jobs", "3").expect(0)
    project.journal.is_whole()


def test_one_job_runs_them_one_after_the_other(tiny: MakeTiny) -> None:
    project = tiny("gates:\n" + "".join(f"  {name}: {{steps: {{s: {{run: 'true'}}}}}}\n" for name in "abc"))
    project.gatekeeper("run", "tiny", "--jobs", "1").expect(0)
    told = [
        (event["event"], event["data"]["gate"])
        for event in project.journal.events()
        if event["event"].startswith("step.")
    ]
    assert told == [(event, gate) for gate in "abc" for event in ("step.started", "step.finished")]


def test_rounds_bounds_how_often_it_is_tried(tiny: MakeTiny) -> None:
    project = tiny(CYCLE)
    project.gatekeeper("run", "tiny", "--only", "third", "--rounds", "1").expect(1)
    assert project.journal.end["rounds"] == 1
    project.gatekeeper("run", "tiny", "--only", "third").expect(1)
    assert project.journals()[-1].end["rounds"] == 2, "once more on the same tree, to tell flaky from red"


def test_set_overrides_a_variable_and_nothing_in_it_is_run(tiny: MakeTiny) -> None:
    project = tiny(CYCLE)
    value = "a 'b' $(touch pwned) `touch pwned`; touch pwned = c"
    project.gatekeeper("run", "tiny", "--only", "first", "--set", f"word={value}").expect(0)
    assert output(project, "one") == f"{value}\n"
    assert not (project.root / "pwned").exists()
    assert dict(project.journal.last("run.started")["configuration"])["word"] == value


def test_set_empty_is_a_value_too(tiny: MakeTiny) -> None:
    project = tiny(CYCLE)
    project.gatekeeper("run", "tiny", "--only", "first", "--set", "word=").expect(0)
    assert output(project, "one") == "\n"


def test_file_runs_a_definition_that_lies_elsewhere(tiny: MakeTiny) -> None:
    """Its paths still start at the project root."""
    project = tiny(CYCLE)
    elsewhere = project.temporary / "other.yaml"
    elsewhere.write_text("gatekeeper: 1\ncycle: other\ngates:\n  a:\n    steps:\n      here: {run: pwd}\n", "utf-8")
    project.gatekeeper("run", "--file", str(elsewhere)).expect(0)
    assert output(project, "here") == f"{project.root}\n"
    assert project.journal.last("run.started")["cycle"] == "other"


def test_file_without_any_project(tiny: MakeTiny) -> None:
    """The current folder is the project then."""
    project = tiny(CYCLE)
    bare = Project(project.temporary / "bare", project.temporary / "tmp")
    bare.root.mkdir()
    bare.gatekeeper("run", "--file", str(project.root / "gates" / "tiny.yaml"), "--only", "first").expect(0)
    assert output(bare, "one") == "default\n"


def test_several_cycles_run_in_order_and_the_first_trouble_is_the_exit_code(tiny: MakeTiny) -> None:
    project = tiny(CYCLE)
    project.define("gates:\n  a:\n    steps:\n      one: {run: 'true'}\n", "fine")
    project.define(CYCLE, "broken")
    done = project.gatekeeper("run", "fine", "broken", "fine", "--rounds", "1", "--format", "json").expect(1)
    verdicts = [json.loads(line)["data"] for line in done.out.splitlines() if '"run.finished"' in line]
    assert [data["verdict"] for data in verdicts] == ["green", "red", "green"]


def test_several_cycles_are_stopped_together(tiny: MakeTiny) -> None:
    """Who interrupts one does not want the next."""
    project = tiny('gates:\n  a:\n    steps:\n      one: {run: "touch $BEACONS/began; sleep 300"}\n')
    going = project.start("run", "tiny", "tiny")
    going.wait_for("step.started")
    going.send(signal.SIGINT)
    going.end().expect(130)
    assert project.journal.end["verdict"] == "aborted"
