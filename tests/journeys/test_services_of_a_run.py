"""A service is the run's: it survives the step that started it, not the run, and its early death is told in full."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, alive_with, until

pytestmark = pytest.mark.slow

# Says who it is, and stays until it is told to go (or ended).
SERVICE = (
    'echo "$0 is up"; echo $$ > $BEACONS/$0.pid.new; mv $BEACONS/$0.pid.new $BEACONS/$0.pid; '
    'until [ -e $BEACONS/$0.go ]; do sleep 0.01; done; echo "$0 gives up, token $API_TOKEN"'
)


def up(name: str, gate: str = "stack") -> str:
    """A gate whose one step starts a service of this name, and returns when it is there."""
    start = f"setsid sh -c '{SERVICE}' {name} & until [ -e $BEACONS/{name}.pid ]; do sleep 0.01; done"
    return f"""
  {gate}:
    steps:
      up:
        keep: {name}
        run: |
          rm -f $BEACONS/{name}.pid
          {start}
"""


def work(*commands: str, needs: str = "stack") -> str:
    steps = "".join(f"      s{number}: {{run: '{command}'}}\n" for number, command in enumerate(commands))
    return f"  work:\n    needs: [{needs}]\n    steps:\n{steps}"


def told(project: Project) -> list[tuple[str, str]]:
    return [(each["service"], each["how"]) for each in project.journal.events("service.ended")]


ENDS = {
    "green": ("true", "{rounds: 1}", 0, "green"),
    "red": ("false", "{rounds: 1}", 1, "red"),
    "its time is over": ("sleep 300", "{rounds: 1, within: 1s}", 124, "aborted"),
    "a fault of ours": ("true", "{rounds: 1}", 70, "aborted"),
}
FAULT = """
import gatekeeper.engine.step_run as place
judge = place.judge
def broken(step, attempt):
    if step.name == "s0":
        raise RuntimeError("a bug")
    return judge(step, attempt)
place.judge = broken
"""


@pytest.mark.parametrize("ending", ENDS)
def test_a_service_survives_its_step_and_not_the_run(tiny: MakeTiny, tmp_path: Path, ending: str) -> None:
    """Whichever way the run ends; the ways of INT, TERM, HUP and KILL are in the journeys of stopping and killing."""
    command, policy, code, verdict = ENDS[ending]
    (tmp_path / "sitecustomize.py").write_text(FAULT if ending == "a fault of ours" else "", "utf-8")
    # On a busy machine the time of a run may be over before its service is up: then it is given more.
    for within in ("1s", "6s", "25s"):
        project = tiny(f"until_green: {policy.replace('1s', within)}\ngates:{up('web')}{work(command)}")
        done = project.gatekeeper("run", "tiny", PYTHONPATH=str(tmp_path))
        if project.journal.events("step.started", step="s0"):
            break
    assert not alive_with(f"GATEKEEPER_RUN={project.journal.run}"), "alive at the moment gatekeeper returned"
    assert done.code == code, done.text
    assert project.journal.end["verdict"] == verdict
    assert told(project) == [("web", "ended")]
    assert project.journal.is_whole()


def test_two_steps_side_by_side_with_a_service_each(tiny: MakeTiny) -> None:
    """One that is ended at its deadline takes nothing with it but itself; both services live to the end of the run."""
    both = "kill -0 $(cat $BEACONS/web.pid) && kill -0 $(cat $BEACONS/db.pid)"
    gates = (
        up("web") + up("db", "data") + "  hung:\n    steps:\n      s: {run: 'sleep 300', timeout: 1s, grace: 100ms}\n"
    )
    text = f"until_green: {{rounds: 1}}\ngates:{gates}" + work("sleep 1.3", both, needs="stack, data")
    project = tiny(text)
    project.gatekeeper("run", "tiny", "--jobs", "3").expect(1)
    assert not alive_with(f"GATEKEEPER_RUN={project.journal.run}")
    verdicts = project.journal.verdicts()
    assert verdicts == {
        "stack/up": "passed", "data/up": "passed", "hung/s": "timed-out", "work/s0": "passed", "work/s1": "passed"
    }  # fmt: skip
    assert sorted(told(project)) == [("db", "ended"), ("web", "ended")]


def test_a_service_that_dies_while_everything_passes(tiny: MakeTiny) -> None:
    """Not green: the incident names what ran since and the last lines, hidden secrets and all; so do log and screen."""
    gone = "touch $BEACONS/web.go; while kill -0 $(cat $BEACONS/web.pid); do sleep 0.01; done"
    project = tiny(f"secrets: [API_TOKEN]\nuntil_green: {{rounds: 1}}\ngates:{up('web')}{work('true', gone)}")
    done = project.gatekeeper("run", "tiny", API_TOKEN="hunter2-correct").expect(1)
    journal = project.journal
    died = journal.last("incident", kind="service-died")
    assert (died["gate"], died["step"]) == ("stack", "up")
    assert "since then ran: work/s0, work/s1" in died["message"]
    assert '"web is up", "web gives up, token ' in died["message"]
    assert journal.verdicts() == {"stack/up": "failed", "work/s0": "passed", "work/s1": "passed"}
    log = Path(journal.end["log"]).read_text("utf-8")
    finished = [each for each in journal.events("step.finished") if each["step"] == "up"]
    assert [each["output"] for each in finished] == ["output/stack.up.1.log", "output/stack.up.1.service.log"]
    assert finished[0]["command"] == finished[1]["command"]
    for told_of in ("whole log", "by hand"):
        assert told_of in done.text
    assert "*(empty)*" not in log
    for text in (done.text, log, journal.path.read_text("utf-8")):
        assert "web gives up, token" in text
        assert "hunter2-correct" not in text


def test_a_service_whose_guardian_is_killed(tiny: MakeTiny) -> None:
    """A service that nobody holds is no service: it is ended, and told of as one that died."""
    kill = "pid=$(cat $BEACONS/web.pid); kill -9 $(ps -o ppid= -p $pid); while kill -0 $pid; do sleep 0.01; done"
    project = tiny(f"until_green: {{rounds: 1}}\ngates:{up('web')}{work(kill)}")
    project.gatekeeper("run", "tiny").expect(1)
    assert not alive_with(f"GATEKEEPER_RUN={project.journal.run}")
    assert "work/s0" in project.journal.last("incident", kind="service-died")["message"]
    assert told(project) == [("web", "died")]


def test_a_service_is_replaced_when_its_step_runs_again(tiny: MakeTiny) -> None:
    """In the second round there is one service of the name, and it is the second."""
    living = "n=0; for pid in $(ls $BEACONS/seen); do ! kill -0 $pid 2>/dev/null || n=$((n + 1)); done; test $n -eq 1"
    see = "mkdir -p $BEACONS/seen; touch $BEACONS/seen/$(cat $BEACONS/web.pid); touch mended"
    look = f"{see}; test $(ls $BEACONS/seen | wc -l) -eq 2 || exit 1; {living}"
    project = tiny(f"gates:{up('web')}{work(look)}")
    done = project.gatekeeper("run", "tiny")
    assert not alive_with(f"GATEKEEPER_RUN={project.journal.run}")
    assert project.journal.verdicts() == {"stack/up": "passed", "work/s0": "passed"}, done.text
    seen = sorted(os.listdir(project.temporary / "seen"))
    assert len(seen) == 2, done.text
    assert told(project) == [("web", "replaced"), ("web", "ended")]


def test_gatekeeper_is_killed_with_two_services(tiny: MakeTiny) -> None:
    """Nobody is left to end them but their guardians, who do."""
    project = tiny(f"gates:{up('web')}{up('db', 'data')}{work('touch $BEACONS/began; sleep 300', needs='stack, data')}")
    going = project.start("run", "tiny", "--jobs", "2")
    going.until((project.temporary / "began").exists, "the work began")
    going.send(signal.SIGKILL)
    going.end()
    run = project.journal.run
    until(lambda: not alive_with(f"GATEKEEPER_RUN={run}"), "everything of the run died")


def test_a_service_that_does_not_get_ready_is_told_with_what_it_said(tiny: MakeTiny) -> None:
    """Its step's output goes on with it: that is what tells why."""
    # It speaks when its step's own shell is gone, which is when the waiting for it begins.
    said = "(while kill -0 $$ 2>/dev/null; do sleep 0.01; done; echo no port; sleep 300)"
    step = f"{{keep: web, run: '{said} & echo up', ready: {{file: missing, within: 3s}}}}"
    project = tiny(f"until_green: {{rounds: 1}}\ngates:\n  stack:\n    steps:\n      up: {step}\n")
    project.gatekeeper("run", "tiny").expect(1)
    finished = project.journal.last("step.finished", step="up")
    assert finished["last_lines"] == ["up", "no port"]
    assert finished["output"] == "output/stack.up.1.service.log"
