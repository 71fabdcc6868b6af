"""A run says why its steps failed, where that is known, and tries again only what the machine is to blame for."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

from tests.adapters.patterns.written import yaml
from tests.support.project_fixtures import MakeTiny

pytestmark = pytest.mark.slow
PYTHON = shlex.quote(sys.executable)
OWN = yaml(
    pattern="broker_down",
    class_="infra",
    title="The broker is down",
    root_cause='"{host} does not answer."',
    match='{text: ["broker at (?P<host>\\\\w+) is down"]}',
)


def test_a_missing_package_is_named_and_the_run_stays_red(tiny: MakeTiny) -> None:
    """With what to install; a failure of class config is no infrastructure."""
    project = tiny("gates: {a: {steps: {one: {run: '\"$PYTHON\" -m yaml_of_nobody'}}}}\n")
    project.gatekeeper("run", "tiny").expect(1)
    finished = project.journal.last("step.finished", step="one")
    assert (finished["verdict"], finished["class"], finished["pattern"]) == ("failed", "config", "python_missing_dep")
    assert finished["known"]["suggestion"] == "pip install yaml_of_nobody"


def test_a_failure_of_the_machine_that_passes_makes_no_red_run(tiny: MakeTiny) -> None:
    """It is infra the first time, is tried again on the same tree, and the run is green."""
    project = tiny(
        "gates:\n  a:\n    steps:\n"
        '      one: {run: \'test -e "$SEEN" || { touch "$SEEN"; echo broker at mq is down; exit 1; }\'}\n'
    )
    folder = project.root / "gates" / "patterns"
    folder.mkdir()
    (folder / "broker_down.yaml").write_text(OWN)
    project.gatekeeper("run", "tiny", SEEN=str(project.temporary / "seen")).expect(0)
    verdicts = [each["verdict"] for each in project.journal.events("step.finished")]
    assert verdicts == ["infra", "passed"]
    assert project.journal.last("run.finished")["verdict"] == "green"


def test_a_wrong_pattern_stands_in_no_runs_way(tiny: MakeTiny) -> None:
    """It is an incident, told once; what failed stays failed."""
    project = tiny("gates:\n  a:\n    steps:\n      one: {run: exit 3}\n      two: {run: exit 4}\n")
    folder = project.root / "gates" / "patterns"
    folder.mkdir()
    (folder / "bad.yaml").write_text("pattern: bad\n")
    project.gatekeeper("run", "tiny").expect(1)
    told = [each for each in project.journal.events("incident") if "gates/patterns/bad.yaml" in each["message"]]
    assert len(told) == 1
    assert "the pattern is left out" in told[0]["message"]


SERVER = "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); input()"
LISTEN = "import socket; socket.create_server(('127.0.0.1', %d)).close()"


@pytest.mark.parametrize("names_it", [True, False])
def test_a_port_that_a_forgotten_server_holds_is_freed_where_the_cycle_allows_it(
    tiny: MakeTiny, names_it: bool
) -> None:
    """The mitigation runs once, and tells whom it ended; then the step passes. Nothing of the tree has changed.

    Python does not say which port it could not have: the step's own command does.
    """
    project = tiny("gates: {}\n")
    forgotten = subprocess.Popen(
        [sys.executable, "-c", SERVER], cwd=project.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert forgotten.stdout is not None
        port = int(forgotten.stdout.readline())
        said = f"echo 'Error: listen EADDRINUSE: address already in use 127.0.0.1:{port}'" if names_it else "true"
        (project.root / "serve.sh").write_text(f'{PYTHON} -c "{LISTEN % port}" || {{ {said}; exit 1; }}\n')
        step = f"one: {{run: bash serve.sh {port}}}"
        project.define(f"until_green: {{mitigate: [port_in_use]}}\ngates:\n  a:\n    steps:\n      {step}\n")
        project.gatekeeper("run", "tiny")
        started = project.journal.last("mitigation.started")
        assert started["pattern"] == "port_in_use"
        assert f"pid {forgotten.pid} (" in project.journal.events("step.finished")[0]["known"]["root_cause"]
        assert started["command"].endswith(f"-P -m gatekeeper reap --port {port}")
        done = project.journal.last("mitigation.finished")
        assert done["exit_code"] == 0, (project.journal.folder / done["output"]).read_text()
        assert [each["verdict"] for each in project.journal.events("step.finished")] == ["infra", "passed"]
        assert forgotten.wait(10) is not None
    finally:
        forgotten.kill()
        forgotten.communicate()


def test_a_step_writes_no_pattern_that_excuses_it(tiny: MakeTiny) -> None:
    """What is known of failures is taken before anything runs, as all that a run is judged by."""
    project = tiny(
        "gates:\n  a:\n    steps:\n"
        "      one: {run: 'mkdir -p gates/patterns; cp ours gates/patterns/broker_down.yaml; exit 3'}\n"
        "      two: {run: 'echo broker at mq is down; exit 1'}\n"
    )
    (project.root / "ours").write_text(OWN)
    project.gatekeeper("run", "tiny", "--rounds", "1").expect(1)
    finished = project.journal.last("step.finished", step="two")
    assert finished["verdict"] == "failed"
    assert "pattern" not in finished
