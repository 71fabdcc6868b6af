"""`gatekeeper show --output`: what a step wrote, safe to be shown, with the time of each line if asked."""

from __future__ import annotations

import base64
import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.adapters.guard.output import timeline
from gatekeeper.cli.show_output import lines_of
from gatekeeper.policy.redaction import Redaction
from gatekeeper.policy.secret_forms import forms_of
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Done, Journal, Project, until

SECRET = "hunter2-correct-horse"
CYCLE = r"""
secrets: [API_TOKEN]
until_green: {rounds: 1}
gates:
  a:
    steps:
      talks:
        run: |
          printf '\033[31mred\033[0m\n\007bell \377\n10%%\r50%%\r'
          printf '100%%\n'
          echo "token $API_TOKEN"
          printf 'no end'
      asks: {http: "GET http://127.0.0.1:1/", expect: {status: 200}}
      mails: {run: "echo ${matrix.to}", matrix: {to: ["x@2"]}}
"""


@pytest.fixture
def project(tiny: MakeTiny) -> Project:
    made = tiny(CYCLE)
    made.gatekeeper("run", "tiny", API_TOKEN=SECRET).expect(1)
    return made


def test_what_a_step_wrote_is_safe_to_be_shown(project: Project) -> None:
    """Progress as it was last, no colours, no bells, no secret."""
    done = project.gatekeeper("show", "--output", "a/talks").expect(0)
    assert done.out == "red\n\ufffdbell \ufffd\n100%\ntoken •••\nno end\n"
    assert project.gatekeeper("show", "tiny", "--output", "a/talks@1").expect(0).out == done.out
    assert project.gatekeeper("show", "--output", "a/mails[to=x@2]").expect(0).out == "x@2\n"


# `cat` writes all of it at once, where bash would write line by line.
SPEAKS_TWICE = r"""
secrets: [API_TOKEN]
until_green: {rounds: 1}
gates:
  a:
    steps:
      talks:
        run: |
          printf 'red\nbell\n10%%\r50%%\r' > $TMPDIR/said; cat $TMPDIR/said
          while [ ! -e $BEACONS/go ]; do sleep 0.01; done
          printf '100%%\n'
          echo "token $API_TOKEN"
          printf 'no end'
"""


@pytest.mark.slow
def test_each_line_with_its_time(tiny: MakeTiny) -> None:
    """In seconds since the attempt began; lines that were written together share it, one rewritten has its last."""
    project = tiny(SPEAKS_TWICE)
    going = project.start("run", "tiny", API_TOKEN=SECRET)
    going.wait_for("step.started")
    going.until(lambda: bool(index_of(going.journal).offsets), "what it said first has its time")
    noted = time.monotonic()
    looked_into = times_in(project.gatekeeper("show", "--output", "a/talks", "--times", API_TOKEN=SECRET).expect(0))
    apart_s = time.monotonic() - noted
    (project.temporary / "go").touch()
    going.end().expect(0)
    times = times_in(project.gatekeeper("show", "--output", "a/talks", "--times").expect(0))
    assert [text for _, text in times] == ["red", "bell", "100%", "token •••", "no end"]
    assert times[:2] == looked_into[:2]
    (red_s, _), (bell_s, _), (done_s, _), *_ = times
    assert red_s == bell_s
    # However late anybody was scheduled: the one was noted before we looked, the other was said after it.
    assert done_s - bell_s >= apart_s - 0.001


def index_of(journal: Journal) -> timeline.Times:
    """The time index of its first step."""
    return timeline.read(str(journal.folder / journal.last("step.started")["output"]))


def times_in(shown: Done) -> list[tuple[float, str]]:
    """The lines of `show --times`, each with its seconds."""
    lines = (line.partition(" s  ") for line in shown.out.splitlines())
    return [(float(at), text) for at, _, text in lines]


def test_what_is_not_there(project: Project) -> None:
    for arguments, said in (
        (("--output", "a/talk"), "no step of this run is called 'a/talk'; did you mean a/talks"),
        (("--output", "a/talks@7"), "a/talks has no attempt 7; there is 1"),
        (("--output", "a/asks"), "a/asks has no output: it is a probe"),
        (("--times",), "--times belongs to --output"),
    ):
        assert said in project.gatekeeper("show", *arguments).expect(2).err


def test_an_output_that_was_taken_away(project: Project) -> None:
    for path in (project.journal.folder / "output").iterdir():
        path.unlink()
    assert "cannot be read" in project.gatekeeper("show", "--output", "a/talks").expect(2).err


def test_an_output_that_was_exchanged(project: Project) -> None:
    """Nobody waits for who may write into a FIFO."""
    path = project.journal.folder / "output" / "a.talks.1.log"
    path.unlink()
    os.mkfifo(path)
    refused = project.gatekeeper("show", "--output", "a/talks").expect(2)
    assert "cannot be read" in refused.err
    assert "it is no ordinary file any more" in refused.err


@pytest.mark.slow
def test_a_step_that_runs_is_looked_into_without_its_secrets(tiny: MakeTiny) -> None:
    """Nothing of its output was masked on the disk yet; here it is, also in base64 that goes over lines."""
    says = 'echo "$API_TOKEN up"; printf "%s" "some text $API_TOKEN and more" | base64 -w 30'
    script = f"{says}; while [ ! -e go ]; do sleep 0.01; done"
    project = tiny(f"secrets: [API_TOKEN]\ngates:\n  a:\n    steps:\n      waits: {{run: '{script}'}}\n")
    going = project.start("run", "tiny", API_TOKEN=SECRET)
    shown = ""

    def is_shown() -> bool:
        nonlocal shown
        shown = project.gatekeeper("show", "--output", "a/waits", "--times", API_TOKEN=SECRET).out
        return shown.count("\n") >= 3

    going.wait_for("step.started")
    until(is_shown, "its output is shown")
    (project.root / "go").touch()
    going.end().expect(0)
    assert "••• up" in shown
    text = "".join(re.sub(r"^ *[0-9.]+ s  ", "", line) for line in shown.splitlines())
    for shift in range(3):
        assert base64.b64encode(b"x" * shift + SECRET.encode())[4:-8].decode() not in text


def test_what_is_written_during_the_look_is_for_the_next_one(tmp_path: Path) -> None:
    """Nobody has looked for secrets in it."""
    path = tmp_path / "out.log"
    path.write_bytes(b"up\n")
    redaction = Redaction(forms_of([SECRET]))
    with path.open("rb") as file, path.open("ab") as writer:
        writer.write(f"token {SECRET}\n".encode())
        writer.flush()
        assert list(lines_of(file, 3, redaction, sealed=False)) == [(3, b"up\n")]


HALF = "hunter2-corr"
SPEAKS = f"""
secrets: [API_TOKEN, NEVER_SET]
until_green: {{rounds: 1}}
gates:
  a:
    steps:
      speaks:
        run: |
          echo "$API_TOKEN up"
          printf '{HALF}'
          touch $BEACONS/spoken
          while [ ! -e $BEACONS/go ]; do sleep 0.01; done
          echo 'ect-horse, and so on'
"""


@pytest.mark.slow
def test_a_secret_that_is_half_written_is_not_shown(tiny: MakeTiny) -> None:
    project = tiny(SPEAKS)
    going = project.start("run", "tiny", API_TOKEN=SECRET)
    going.until((project.temporary / "spoken").exists, "half of it is written")
    shown = project.gatekeeper("show", "--output", "a/speaks", API_TOKEN=SECRET).expect(0).out
    assert shown == "••• up\n"
    (project.temporary / "go").touch()
    going.end().expect(0)
    assert project.gatekeeper("show", "--output", "a/speaks").expect(0).out == "••• up\n•••, and so on\n"


@pytest.mark.slow
@pytest.mark.parametrize("value", [{}, {"API_TOKEN": ""}], ids=["not set", "empty"])
def test_nothing_is_shown_whose_secrets_nobody_knows(tiny: MakeTiny, value: dict[str, Any]) -> None:
    """While the step runs, and when gatekeeper was killed: nobody masked it, and here is no value to look for.

    What was not set for the run either is not asked for.
    """
    project = tiny(SPEAKS)
    going = project.start("run", "tiny", API_TOKEN=SECRET)
    going.until((project.temporary / "spoken").exists, "half of it is written")
    path = going.journal.folder / "output" / "a.speaks.1.log"
    unset = f"and API_TOKEN is not set here: set it, or read {path} yourself"
    refused = project.gatekeeper("show", "--output", "a/speaks", **value).expect(2)
    assert f"the output of a/speaks is not masked yet {unset}" in refused.err
    going.send(signal.SIGKILL)
    going.end()
    project.gatekeeper("reap").expect(0)
    refused = project.gatekeeper("show", "--output", "a/speaks", **value).expect(2)
    assert f"the output of a/speaks was never masked {unset}" in refused.err
    assert SECRET not in refused.text
    assert project.gatekeeper("show", "--output", "a/speaks", API_TOKEN=SECRET).expect(0).out == "••• up\n"


@pytest.mark.slow
def test_a_strict_step_needs_no_secret_to_be_shown(tiny: MakeTiny) -> None:
    """None ever reached the file."""
    project = tiny(f"redact: strict\n{SPEAKS}")
    going = project.start("run", "tiny", API_TOKEN=SECRET)
    going.until((project.temporary / "spoken").exists, "half of it is written")
    until(lambda: project.gatekeeper("show", "--output", "a/speaks").expect(0).out == "••• up\n", "it is shown")
    (project.temporary / "go").touch()
    going.end().expect(0)


SERVES = """
secrets: [API_TOKEN]
until_green: {rounds: 1}
gates:
  a:
    steps:
      serves:
        keep: api
        run: |
          echo up
          (
            while [ ! -e $BEACONS/speak ]; do sleep 0.01; done
            echo "$API_TOKEN later"; touch $BEACONS/spoken; %s
          ) &
  b:
    needs: [a]
    steps:
      looks: {run: 'touch $BEACONS/speak; until [ -e $BEACONS/go ]; do sleep 0.01; done'}
"""


@pytest.mark.slow
@pytest.mark.parametrize(("service", "code"), [("sleep 600", 0), ("true", 1)], ids=["alive", "dead"])
def test_what_a_service_wrote_is_shown_with_its_step(tiny: MakeTiny, service: str, code: int) -> None:
    """While it lives, when it was ended, and when it died by itself."""
    project = tiny(SERVES % service)
    going = project.start("run", "tiny", API_TOKEN=SECRET)
    going.until((project.temporary / "spoken").exists, "the service spoke")
    assert "is not masked yet" in project.gatekeeper("show", "--output", "a/serves").expect(2).err
    shown = project.gatekeeper("show", "--output", "a/serves", API_TOKEN=SECRET).expect(0).out
    assert shown == "up\n••• later\n"
    (project.temporary / "go").touch()
    going.end().expect(code)
    assert project.gatekeeper("show", "--output", "a/serves").expect(0).out == shown
