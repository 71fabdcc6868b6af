"""Runs tell how they ended when all of it is over: no verdict waits for it, and no token is seen anywhere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.endpoints import HANG, TOKEN, Endpoint
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, alive_with, until

RED = """\
notify: [{to: "${env:HOOK_URL:-}"}]
gates:
  g:
    steps:
      s:
        run: 'test -e mended || { echo "told to $HOOK_URL"; exit 1; }'
        env: {HOOK_URL: "${env:HOOK_URL}"}   # without it no step sees whom gatekeeper tells
until_green: {retry_unchanged: 0}
"""
TOLD = """\
notify:
  - {exec: %s, on: always}
gates: {g: {steps: {s: {run: exit 1}}}}
until_green: {retry_unchanged: 0}
"""


@pytest.fixture
def project(tiny: MakeTiny, endpoint: Endpoint) -> Project:
    project = tiny(RED)
    project.always = {"HOOK_URL": endpoint.url}
    return project


def written(folder: Path) -> bytes:
    """All that lies in a folder."""
    return b"".join(each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file())


@pytest.mark.slow
def test_red_is_told_once_and_recovered_once(project: Project, endpoint: Endpoint) -> None:
    """Four nights: red, red, green, green. A run of a part of the cycle is nobody's news."""
    for mended in (False, False, True, True):
        if mended:
            (project.root / "mended").touch()
        assert project.gatekeeper("run", "tiny").expect(0 if mended else 1).err == ""
    assert [each.body["announcement"] for each in endpoint.asked] == ["first", "recovered"]
    first = endpoint.asked[0].body
    journal = project.journals()[0]
    assert (first["run"], first["verdict"], first["previous"]) == (journal.run, "red", None)
    assert first["evidence"] == str(journal.folder)
    assert first["repeat"] == "gatekeeper run tiny --only g/s"
    (project.root / "mended").unlink()
    project.gatekeeper("run", "tiny", "--only", "g").expect(1)
    assert len(endpoint.asked) == 2


@pytest.mark.slow
def test_no_token_is_seen_anywhere(project: Project, endpoint: Endpoint) -> None:
    """The step prints the address, the delivery fails, and everybody is told at length: all without it."""
    endpoint.answers = [404]
    done = project.gatekeeper("run", "tiny", "--verbose").expect(1)
    assert f"gatekeeper: the notification to http://{endpoint.address}/••• failed" in done.err
    assert TOKEN not in done.text + done.err
    assert project.journal.output("s") == "told to •••\n"
    assert TOKEN.encode() not in written(project.root)
    diagnostics = (project.root / ".gatekeeper" / "gatekeeper.log").read_text("utf-8")
    assert "notification failed" in diagnostics
    assert TOKEN not in endpoint.asked[0].body["text"] + json.dumps(endpoint.asked[0].body)


@pytest.mark.slow
def test_nobody_hears_of_a_failure(project: Project, endpoint: Endpoint) -> None:
    """Standard error is closed, or a pipe that nobody reads: the exit code is the verdict's."""
    endpoint.answers = [404]
    for way in ("2>&-", "2> >(exec true; wait)"):
        script = f'trap "" PIPE; "$@" {way}'
        done = subprocess.run(
            ["bash", "-c", script, "bash", *project.command, "run", "tiny"],
            cwd=project.root,
            env=project.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, done.stdout + done.stderr
        assert "notification" not in done.stdout


@pytest.mark.slow
def test_a_hanging_target_holds_neither_the_verdict_nor_the_tree(project: Project, endpoint: Endpoint) -> None:
    """While it hangs, the verdict is written and the tree is free; Ctrl-C leaves at once, as red as before."""
    endpoint.answers = [HANG]
    going = project.start("run", "tiny", GATEKEEPER_TEST_SIGN="hanging")
    endpoint.wait()
    assert project.journal.end["verdict"] == "red"
    (project.root / "mended").touch()
    project.gatekeeper("run", "tiny", GATEKEEPER_NO_NOTIFY="1").expect(0)
    going.send(signal.SIGINT)
    done = going.end().expect(1)
    assert "left before it was delivered" in done.err
    assert alive_with("GATEKEEPER_TEST_SIGN=hanging") == {}


@pytest.mark.slow
def test_nothing_outlives_a_killed_gatekeeper(project: Project, endpoint: Endpoint) -> None:
    """Who tells the target ends with whoever sent it, also by SIGKILL."""
    endpoint.answers = [HANG]
    going = project.start("run", "tiny", GATEKEEPER_TEST_SIGN="killed")
    endpoint.wait()
    going.send(signal.SIGKILL)
    going.process.communicate()
    until(lambda: alive_with("GATEKEEPER_TEST_SIGN=killed") == {}, "all are gone")


@pytest.mark.slow
def test_a_command_is_told_under_guard(tiny: MakeTiny) -> None:
    """It reads the message, knows the verdict by name, runs in the project, and what it leaves behind is ended."""
    command = '[sh, -c, \'cat >"$BEACONS/message"; env >"$BEACONS/env"; pwd >"$BEACONS/pwd"; sleep 600 & exit 0\']'
    project = tiny(TOLD % command)
    done = project.gatekeeper("run", "tiny", GATEKEEPER_TEST_SIGN="exec").expect(1)
    assert done.err == ""
    assert alive_with("GATEKEEPER_TEST_SIGN=exec") == {}
    message = json.loads((project.temporary / "message").read_text("utf-8"))
    assert (message["verdict"], message["announcement"]) == ("red", "first")
    told = (project.temporary / "env").read_text("utf-8").splitlines()
    assert {"GATEKEEPER_VERDICT=red", "GATEKEEPER_CYCLE=tiny", "GATEKEEPER_HEADLINE=tiny is red"} <= set(told)
    assert os.path.samefile((project.temporary / "pwd").read_text("utf-8").strip(), project.root)
    assert not list(project.temporary.glob("notify-*"))
    assert not list((project.root / ".gatekeeper" / "open").iterdir())


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("echo cannot reach anybody; exit 7", "it exited with 7: cannot reach anybody"),
        pytest.param("[./not-there.sh]", "it exited with 127: ", marks=pytest.mark.slow),
    ],
)
def test_a_command_that_fails_changes_nothing(tiny: MakeTiny, command: str, problem: str) -> None:
    """One line says so, and the verdict is what it was."""
    done = tiny(TOLD % command).gatekeeper("run", "tiny").expect(1)
    assert problem in done.err
    assert done.err.startswith("gatekeeper: the notification to exec: ")
    assert len(done.err.splitlines()) == 1
