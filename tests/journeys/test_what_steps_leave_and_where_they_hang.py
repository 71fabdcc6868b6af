"""Strays, foreign listeners, private folders and dossiers through a whole run: journal, console, log and `show`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.main_job import is_open
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import alive_with

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"), pytest.mark.slow]

ONCE = "until_green: {rounds: 1}\n"
# What is left is to be a `sleep` already, and not still the shell that was to become it.
LEAVES = (
    ONCE
    + r"""
gates:
  a:
    steps:
      leaves:
        run: |
          setsid sleep 301 & until read -rd '' name < /proc/$!/cmdline && [[ $name = sleep ]]; do :; done
          cd /
          setsid sleep 302 & until read -rd '' name < /proc/$!/cmdline && [[ $name = sleep ]]; do :; done
      strict:
        run: "setsid sleep 303 & until read -rd '' name < /proc/$!/cmdline && [[ $name = sleep ]]; do :; done"
        strays: fail
"""
)
HANGS = (
    ONCE
    + """
gates:
  a:
    steps:
      asks: {run: "printf 'Password: '; sleep 304; true", timeout: 2s, grace: 100ms}
      silent: {run: "sleep 305; true", quiet: 2s, grace: 100ms}
"""
)
ASKS = """
gates:
  a:
    steps:
      asks: {run: "echo x > $BEACONS/orders; until [ -e $BEACONS/port ]; do sleep 0.01; done"}
"""
SERVER = """\
import os, socket, sys
os.mkfifo("orders")
print("up", flush=True)
open("orders").read()
server = socket.create_server(("127.0.0.1", 0))
open("port.new", "w").write(str(server.getsockname()[1]))
os.rename("port.new", "port")
sys.stdin.read()
"""


def test_strays_are_told_everywhere_and_fail_where_they_are_forbidden(tiny: MakeTiny) -> None:
    """A step that passes says what it left; one with `strays: fail` fails by it; and none of it is alive."""
    project = tiny(LEAVES)
    done = project.gatekeeper("run", "tiny").expect(1)
    journal = project.journal
    assert journal.verdicts() == {"a/leaves": "passed", "a/strict": "failed"}
    left = {stray["argv"][1]: stray for stray in journal.last("step.finished", step="leaves")["strays"]}
    assert sorted(left) == ["301", "302"]
    assert left["302"]["cwd"] == "/"
    assert not alive_with(f"GATEKEEPER_RUN={journal.run}")

    (finding,) = journal.last("step.finished", step="strict")["findings"]
    assert finding["kind"] == "stray"
    assert finding["message"].startswith("1 process left behind and ended: sleep 303 (pid ")
    assert "left behind    a/leaves: sleep 302 (pid " in done.out
    assert "in /, caught by " in done.out
    assert done.out.count("left behind    a/") == 3

    log = Path(journal.last("run.started")["log"]).read_text("utf-8")
    assert "**Left behind, and ended:** `sleep 302` (pid " in log
    assert "a/strict`, attempt 1: `sleep 303` (pid " in log
    shown = project.gatekeeper("show").expect(0).out
    assert "left behind, and ended: sleep 303 (pid " in shown
    planned = project.gatekeeper("plan", "tiny").expect(0).out
    assert planned.count("fails if it leaves a process behind") == 1


def test_what_hung_is_said_in_one_sentence_everywhere(tiny: MakeTiny) -> None:
    """Console, log, journal and `show` say why, and name the dossier; the dossier is there."""
    project = tiny(HANGS)
    done = project.gatekeeper("run", "tiny").expect(1)
    journal = project.journal
    asks, silent = (journal.last("step.finished", step=step) for step in ("asks", "silent"))
    assert asks["dossier"] == "dossiers/a.asks.1.json"
    assert json.loads((journal.folder / asks["dossier"]).read_text("utf-8"))["processes"]
    log = Path(journal.last("run.started")["log"]).read_text("utf-8")
    shown = project.gatekeeper("show").expect(0).out
    for text in (done.out, log, shown, asks["findings"][0]["message"]):
        # Its standard input is /dev/null: however its last line looks, it waits for nobody's answer.
        assert "hung: waiting for its child `sleep 304` (pid " in text
        assert "which was sleeping, after it wrote 'Password:'" in text
    for text in (done.out, shown, silent["findings"][0]["message"]):
        assert "hung: waiting for its child `sleep 305` (pid " in text
        assert "no output for its quiet period" in text
    assert f"{project.journal.folder.name}/{asks['dossier']}" in done.out
    assert f"**Dossier:** `{asks['dossier']}`" in log
    assert f"dossier   {project.journal.folder}/{asks['dossier']}" in shown


def test_work_that_is_handed_to_a_server_is_told_by_its_port(tiny: MakeTiny) -> None:
    """Nobody can trace it; but that somebody began to listen while the step ran is said, with his name."""
    project = tiny(ASKS)
    server = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", SERVER],
        cwd=project.temporary,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    assert server.stdout.readline() == "up\n"
    try:
        done = project.gatekeeper("run", "tiny").expect(0)
        port = int((project.temporary / "port").read_text())
        assert is_open(port)
    finally:
        server.communicate("")
    said = f"port {port} has been listened on since this step began by `"
    told = project.journal.last("step.finished", step="asks")["listeners"]
    # Others may be at work on this machine, too.
    (listener,) = [one for one in told if one["pid"] == server.pid]
    assert listener["port"] == port
    assert listener["argv"] == [os.path.basename(sys.executable)[:15]]
    assert project.journal.events("incident") == []
    log = Path(project.journal.last("run.started")["log"]).read_text("utf-8")
    assert "#### Ports that others opened" in log
    assert "**Incidents:** none" in log
    for text in (done.out, log, project.gatekeeper("show").expect(0).out):
        assert said in text.replace("\\", "")
        assert "not of the step: work handed to a server, or somebody else's" in text.replace("\\", "")


def test_private_folder_is_the_steps_and_nobody_elses(tiny: MakeTiny) -> None:
    """Each attempt has its own, gone after it; a step's own `env:` wins; a service keeps its own to its end."""
    project = tiny(
        "gates:\n  a:\n    steps:\n"
        '      one: {run: "echo $TMPDIR $XDG_RUNTIME_DIR $TMUX_TMPDIR; touch $TMPDIR/x"}\n'
        '      two: {run: "echo $TMPDIR; ls $TMPDIR"}\n'
        '      own: {run: "echo $TMPDIR", env: {TMPDIR: /tmp}}\n'
        '      up: {run: "echo $TMPDIR; sleep 300 &", keep: up}\n'
    )
    project.gatekeeper("run", "tiny").expect(0)
    journal = project.journal
    first = journal.output("one").split()
    assert len(set(first)) == 1
    (second,) = journal.output("two").split()
    assert journal.output("own") == "/tmp\n"
    for folder in (first[0], second, journal.output("up").strip()):
        assert len(folder) < 64
        assert not Path(folder).exists()
