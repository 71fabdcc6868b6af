"""A hook that may not take as long as its run: the run is closed, nothing of it is left, and nobody waits for ever."""

from __future__ import annotations

import json
import signal
import subprocess

import pytest

from tests.cli.agent_sides import NO_AGENT, Agent
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import PATIENCE_S, alive_with, git, until

pytestmark = pytest.mark.slow


def test_a_run_that_is_not_done_in_time_is_closed(tiny: MakeTiny) -> None:
    project = tiny("gates: {g: {steps: {waits: {run: 'touch $BEACONS/up; sleep 600'}}}}\n")
    git(project.root, "init", "--quiet")
    agent = Agent(project)
    reason = agent.stops("--within", "3s").reason
    assert "not done within 3 s" in reason
    assert project.journal.end["verdict"] == "aborted"
    assert "green" not in agent.stops("--known-only").told
    assert not alive_with(str(project.temporary))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_hook_that_is_cut_off_leaves_no_run(tiny: MakeTiny, how: signal.Signals) -> None:
    """Its tool has waited long enough, politely or not: the run is closed, as far as its journal tells, and gone."""
    project = tiny("gates: {g: {steps: {waits: {run: 'touch $BEACONS/up; sleep 600'}}}}\n")
    git(project.root, "init", "--quiet")
    hook = subprocess.Popen(
        [*project.command, "agent-hook", "stop"],
        cwd=project.root,
        env=project.environment(**NO_AGENT),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert hook.stdin is not None
        hook.stdin.write(json.dumps({"session_id": "s", "cwd": str(project.root)}))
        hook.stdin.close()
        hook.stdin = None
        until((project.temporary / "up").exists, "the step runs")
        hook.send_signal(how)
        out, _ = hook.communicate(timeout=PATIENCE_S)
        if how == signal.SIGTERM:
            assert "has ended its run" in json.loads(out)["systemMessage"]
        until(lambda: bool(project.journal.events("run.finished")), "the run is closed")
        assert project.journal.end["verdict"] == "aborted"
        until(lambda: not alive_with(str(project.temporary)), "all of it is gone")
    finally:
        hook.kill()
        hook.communicate()


def test_two_sessions_at_once(tiny: MakeTiny) -> None:
    """The second waits for the run of the first, and then knows the verdict without one of its own."""
    waits = "touch $BEACONS/up; while ! test -e $BEACONS/go; do sleep 0.05; done; false"
    project = tiny(f"until_green: {{rounds: 1}}\ngates: {{g: {{steps: {{waits: {{run: '{waits}'}}}}}}}}\n")
    git(project.root, "init", "--quiet")
    going = project.start("run", "tiny")
    until((project.temporary / "up").exists, "the first runs")
    held = Agent(project, "late").stops("--within", "2s").reason
    assert "not judged" in held
    assert "another run" in held or "lock" in held
    hooks = [
        subprocess.Popen(
            [*project.command, "agent-hook", "stop"],
            cwd=project.root,
            env=project.environment(**NO_AGENT),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for number, hook in enumerate(hooks):
        assert hook.stdin is not None
        hook.stdin.write(json.dumps({"session_id": f"s{number}", "cwd": str(project.root)}))
        hook.stdin.close()
        hook.stdin = None
    (project.temporary / "go").touch()
    assert going.end().code == 1
    for hook in hooks:
        out, _ = hook.communicate(timeout=PATIENCE_S)
        assert "tiny is red on this tree" in json.loads(out)["reason"]
    assert len(list((project.root / ".gatekeeper" / "agent").glob("s?.tiny.json"))) == 2
