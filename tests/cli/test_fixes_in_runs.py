"""Whole runs in which a fixer changes something: what is said of it depends on the tree before."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.fix_proofs import committed, nothing_left, proofs
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project

pytestmark = pytest.mark.slow

COMMAND = "grep -qx good value"
CYCLE = """
until_green: {fixer: {run: 'echo good > value; echo more >> other', timeout: 20s}}
gates:
  suite:
    steps:
      check:
        run: |
          COMMAND
"""


def made(tiny: MakeTiny, command: str = COMMAND, **replaced: str) -> Project:
    text = CYCLE.replace("COMMAND", command)
    for old, new in replaced.items():
        text = text.replace(old, new)
    project = tiny(text)
    (project.root / "value").write_text("bad\n")
    committed(project.root)
    return project


def test_a_fix_that_is_one(tiny: MakeTiny) -> None:
    project = made(tiny)
    project.gatekeeper("run", "tiny").expect(0)
    proved = project.journal.last("fix.proved")
    assert (proved["outcome"], proved["message"]) == ("failed", "exit code 1")
    assert project.journal.end["verdict"] == "green-after-fix"
    assert project.journal.is_whole()
    project.gatekeeper("verify", "latest").expect(0)
    nothing_left(project)


def test_a_fix_in_a_watched_run(tiny: MakeTiny) -> None:
    """Nobody edits the tree before: what the step writes there unasked is no reason to begin anew."""
    project = made(tiny)
    project.gatekeeper("run", "tiny", "--watch").expect(0)
    assert project.journal.last("fix.proved")["outcome"] == "failed"
    (proof,) = proofs(project)
    started = json.loads((proof / "journal.jsonl").read_text().splitlines()[0])["data"]
    assert not started.get("watch")


def test_a_flake_that_a_fix_laundered(tiny: MakeTiny) -> None:
    """It failed the first time, and passes ever after, whatever is changed."""
    project = made(tiny, '[ -e "$BEACONS/ran" ] || { touch "$BEACONS/ran"; exit 4; }')
    project.gatekeeper("run", "tiny").expect(4)
    assert project.journal.last("fix.proved")["outcome"] == "passed"
    assert project.journal.end["verdict"] == "flaky"
    nothing_left(project)


def test_a_fix_of_which_nobody_knows(tiny: MakeTiny) -> None:
    """What it needs is not in git, and so not there on the tree before."""
    project = made(tiny, "cat vendor/lib || exit 7; grep -qx good value")
    (project.root / ".gitignore").write_text("vendor\n")
    (project.root / "vendor").mkdir()
    (project.root / "vendor" / "lib").write_text("x")
    project.gatekeeper("run", "tiny").expect(3)
    assert "`share: [vendor]` of the repo project" in project.journal.last("fix.proved")["message"]
    assert project.journal.end["verdict"] == "inconclusive"


def test_a_service_on_a_port_of_ones_choice(tiny: MakeTiny) -> None:
    """The run holds the port to its end, and the proof has it all the same."""
    text = """
ports: {web: "${env:WEB_PORT}"}
until_green: {fixer: {run: 'echo good > value', timeout: 20s}}
gates:
  up:
    steps:
      serve:
        run: '"$PYTHON" -m http.server --bind 127.0.0.1 "$PORT" & echo $! >> "$BEACONS/servers"'
        keep: web
        ready: {http: "GET http://127.0.0.1:${port.web}/", expect: {status: 200}, within: 20s}
  ask:
    needs: [up]
    steps:
      value: {http: "GET http://127.0.0.1:${port.web}/value", expect: {status: 200, contains: good}}
"""
    project = tiny(text)
    (project.root / "value").write_text("bad\n")
    committed(project.root)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    project.gatekeeper("run", "tiny", WEB_PORT=port).expect(0)
    assert project.journal.last("fix.proved")["outcome"] == "failed"
    for pid in (project.temporary / "servers").read_text().split():
        assert not Path(f"/proc/{pid}").exists()
    nothing_left(project)


def test_ctrl_c_while_a_fix_is_proven(tiny: MakeTiny) -> None:
    """The run is aborted; nothing of the proof is left."""
    hang = '[ ! -e "$BEACONS/red" ] || grep -qx good value || { echo $$ > "$BEACONS/pid"; sleep 1000; }'
    project = made(tiny, f'{hang}; grep -qx good value || {{ touch "$BEACONS/red"; exit 4; }}')
    going = project.start("run", "tiny")
    pid = project.temporary / "pid"
    going.until(lambda: pid.exists() and bool(pid.read_text().strip()), "the step runs on the tree before")
    going.send(signal.SIGINT)
    going.end().expect(130)
    assert project.journal.end["verdict"] == "aborted"
    assert not Path(f"/proc/{pid.read_text().strip()}").exists()
    nothing_left(project)


def test_a_fix_in_a_project_that_is_installed_as_editable(tiny: MakeTiny) -> None:
    """Its environment imports the real files; in the worktree the step finds those of then nevertheless."""
    project = tiny(
        "until_green: {fixer: {run: 'echo good = True > src/app.py', timeout: 20s}}\n"
        "gates:\n  suite:\n    steps:\n      check: {run: [.venv/bin/python, -c, 'import app; assert app.good']}\n"
    )
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", project.root / ".venv"], check=True)
    (site,) = (project.root / ".venv" / "lib").glob("python*/site-packages")
    (project.root / "src").mkdir()
    (project.root / "src" / "app.py").write_text("good = False\n")
    (site / "__editable__.app.pth").write_text(f"{project.root}/src\n")
    (project.root / ".gitignore").write_text(".venv\n__pycache__\n")
    committed(project.root)
    project.gatekeeper("run", "tiny").expect(0)
    assert project.journal.last("fix.proved")["outcome"] == "failed"
    assert project.journal.end["verdict"] == "green-after-fix"
