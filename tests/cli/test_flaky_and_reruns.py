"""Runs that fail and pass on one tree, and reruns of what failed, as a person sees them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project

# A runner of two tests: the second fails until a file outside of the tree is there, which it makes.
RUNNER = """
import os, sys
seen = os.environ["BEACONS"] + "/seen"
wanted = sys.argv[1:] or ["fine", "shaky"]
bad = "shaky" in wanted and not os.path.exists(seen)
open(seen, "w").close()
cases = "".join(f'<testcase classname="s" name="{name}">' + ("<failure/>" if name == "shaky" and bad else "")
                + "</testcase>" for name in wanted)
open("r.xml", "w").write(f"<testsuite>{cases}</testsuite>")
sys.exit(bad)
"""
CYCLE = """until_green: {rounds: 1}
vars: {mode: quick}
gates:
  g:
    steps:
      suite:
        run: '"$PYTHON" runner.py'
        report: {junit: r.xml}
        rerun: '"$PYTHON" runner.py {failed}'
        env: {MODE: "${vars.mode}"}
"""


@pytest.fixture
def shaky(tiny: MakeTiny) -> Project:
    project = tiny(CYCLE)
    (project.root / "runner.py").write_text(RUNNER)
    return project


def forget(project: Project) -> None:
    os.unlink(project.temporary / "seen")


@pytest.mark.slow
def test_what_failed_is_run_again_for_diagnosis_and_stays_red(shaky: Project) -> None:
    """The report of the attempt itself is kept; the log says what came of the rerun."""
    done = shaky.gatekeeper("run", "tiny").expect(1)
    assert "only what failed, for diagnosis  0 failed again, 1 passed this time" in done.text
    journal = shaky.journal
    told = journal.last("rerun.finished")
    assert told["passed"] == ["s::shaky"]
    assert told["command"].endswith("runner.py shaky")
    assert all((journal.folder / name).is_file() for name in (told["output"], told["reports"][0]["kept"]))
    assert journal.verdicts() == {"g/suite": "failed"}
    reports = [path.read_text() for path in (journal.folder / "reports").iterdir()]
    assert sum('name="fine"' in text and "<failure/>" in text for text in reports) == 1
    assert "**Only what failed, run again** for diagnosis" in Path(journal.end["log"]).read_text()
    assert journal.is_whole()


@pytest.mark.slow
def test_a_tree_that_was_red_before_is_flaky_and_says_which_run_saw_it(shaky: Project) -> None:
    """Retrying until lucky does not make a green; the rate comes with its interval and sample."""
    shaky.gatekeeper("run", "tiny").expect(1)
    [first] = shaky.journals()
    done = shaky.gatekeeper("run", "tiny").expect(4)
    assert f"on the same tree it failed in {first.run}" in done.text
    assert "failed 1 of 2 attempts on trees that also passed: 50 %, 95 % interval 9 to 91 %" in done.text
    log = Path(shaky.journals()[-1].end["log"]).read_text()
    assert f"it failed in {first.run}" in log
    assert "Find out why `g/suite` fails and passes on the same tree" in log
    shaky.gatekeeper("run", "tiny").expect(4)


@pytest.mark.slow
def test_a_change_of_the_tree_is_a_new_start(shaky: Project) -> None:
    """As is one of the definition, or of a value that the run was given."""
    shaky.gatekeeper("run", "tiny").expect(1)
    shaky.gatekeeper("run", "tiny", "--set", "mode=slow").expect(0)
    (shaky.root / "mended").write_text("x")
    shaky.gatekeeper("run", "tiny").expect(0)
    os.unlink(shaky.root / "mended")
    shaky.gatekeeper("run", "tiny").expect(4)
    shaky.define(CYCLE.replace("rounds: 1", "rounds: 2"))
    shaky.gatekeeper("run", "tiny").expect(0)


@pytest.mark.slow
def test_two_green_runs_are_green(shaky: Project) -> None:
    """A tree that never failed has nothing to answer for."""
    (shaky.temporary / "seen").write_text("")
    shaky.gatekeeper("run", "tiny").expect(0)
    shaky.gatekeeper("run", "tiny").expect(0)
    assert not any("step.flaky" in line for journal in shaky.journals() for line in journal.lines())


@pytest.mark.slow
def test_all_attempts_of_a_flaky_step_are_kept_and_told(shaky: Project) -> None:
    """In the journal, in the closing event, and where people look."""
    shaky.define(CYCLE.replace("rounds: 1", "rounds: 2").replace("rerun:", "# rerun:"))
    done = shaky.gatekeeper("run", "tiny").expect(4)
    journal = shaky.journal
    assert [event["verdict"] for event in journal.events("step.finished")] == ["failed", "passed"]
    assert journal.end["steps"][0]["attempts"] == 2
    outputs = {event["output"] for event in journal.events("step.finished")}
    assert all((journal.folder / name).is_file() for name in outputs)
    assert len(outputs) == 2
    assert "passed and failed on the same tree in this run; it failed 1 of 2 attempts" in done.text
    assert json.loads(shaky.gatekeeper("show", "latest", "--json").out)["verdict"] == "flaky"
