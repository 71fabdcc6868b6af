"""What `gatekeeper run` prints: for programs, for GitHub, for files, and for somebody at a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import termios
import time
from typing import Any

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project

CYCLE = """
until_green: {rounds: 1}
gates:
  good:
    steps:
      fine: {run: "echo fine"}
  bad:
    steps:
      wrong: {run: "echo 'all is lost' >&2; exit 3"}
"""
ESCAPE = "\x1b"


def test_json_is_the_journal_line_for_line(tiny: MakeTiny) -> None:
    project = tiny(CYCLE)
    done = project.gatekeeper("run", "tiny", "--format", "json").expect(1)
    assert done.out.splitlines() == project.journal.lines()
    assert json.loads(done.out.splitlines()[-1])["data"]["exit_code"] == 1
    assert done.err == ""


def test_github_gets_groups_and_annotations(tiny: MakeTiny) -> None:
    project = tiny(CYCLE)
    summary = project.temporary / "summary.md"
    done = project.gatekeeper("run", "tiny", "--format", "github", GITHUB_STEP_SUMMARY=str(summary)).expect(1)
    assert re.search(r"^::error .*bad/wrong", done.out, re.MULTILINE)
    assert done.out.count("::group::") == done.out.count("::endgroup::")
    assert ESCAPE not in done.out


def test_a_file_gets_plain_lines(tiny: MakeTiny) -> None:
    """Each step's beginning and end, what failed, why, its last words, and how to repeat it."""
    done = tiny(CYCLE).gatekeeper("run", "tiny").expect(1)
    assert ESCAPE not in done.out
    for said in ("good/fine", "bad/wrong", "exit code 3", "all is lost", "gatekeeper run tiny --only bad/wrong", "red"):
        assert said in done.out


@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        pytest.param({"CI": "true"}, False, marks=pytest.mark.slow),
        pytest.param({}, False, marks=pytest.mark.slow),
    ],
)
def test_colour_where_it_is_wanted(tiny: MakeTiny, env: dict[str, Any], coloured: bool) -> None:
    done = tiny(CYCLE).gatekeeper("run", "tiny", **env).expect(1)
    assert (ESCAPE in done.out) is coloured


def at_a_terminal(project: Project, *, keys: bytes = b"", **env: str) -> tuple[int, str, bool]:
    """Run the cycle at a terminal of its own: the exit code, all that came, whether its settings are as before."""
    controller, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    process = subprocess.Popen(
        # A new session takes the first terminal that it opens for its own.
        ["sh", "-c", 'exec "$@" < "$0" > "$0" 2>&1', os.ttyname(terminal), *project.command, "run", "tiny"],
        cwd=project.root,
        env=project.environment(**({"TERM": "xterm-256color"} | env)),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    said, deadline = b"", time.monotonic() + 50
    try:
        while process.poll() is None or select.select([controller], [], [], 0)[0]:
            assert time.monotonic() < deadline, said
            if select.select([controller], [], [], 0.05)[0]:
                said += os.read(controller, 65536)
            if keys and (project.temporary / "began").exists():
                os.write(controller, keys)
                keys = b""
        return process.returncode, said.decode(), termios.tcgetattr(terminal) == before
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
        os.close(controller)


def left_as_it_was(said: str) -> bool:
    """Cursor shown, no alternate screen, no colour left on."""
    shown, hidden = said.rfind(f"{ESCAPE}[?25h"), said.rfind(f"{ESCAPE}[?25l")
    styles = re.findall(rf"{ESCAPE}\[([0-9;]*)m", said)
    return shown >= hidden and f"{ESCAPE}[?1049h" not in said and (not styles or styles[-1] in {"", "0"})


def test_a_terminal_is_left_as_it_was(tiny: MakeTiny) -> None:
    code, said, same = at_a_terminal(tiny(CYCLE))
    assert code == 1
    assert same
    assert ESCAPE in said
    assert left_as_it_was(said)
    assert "gatekeeper run tiny --only bad/wrong" in said


def test_a_terminal_that_wants_no_colour(tiny: MakeTiny) -> None:
    code, said, same = at_a_terminal(tiny(CYCLE), NO_COLOR="1")
    assert (code, same) == (1, True)
    assert left_as_it_was(said)
    assert not re.search(rf"{ESCAPE}\[(3|4|9)[0-7]", said)


def test_a_dumb_terminal_gets_no_control_codes(tiny: MakeTiny) -> None:
    code, said, _ = at_a_terminal(tiny(CYCLE), TERM="dumb")
    assert code == 1
    assert "?25l" not in said


def test_control_c_typed_at_a_terminal(tiny: MakeTiny) -> None:
    """The terminal sends the interrupt; the run ends in order and gives the terminal back."""
    project = tiny('gates:\n  a:\n    steps:\n      one: {run: "touch $BEACONS/began; sleep 300"}\n')
    code, said, same = at_a_terminal(project, keys=b"\x03")
    assert code == 130
    assert same
    assert left_as_it_was(said)
    assert "aborted" in said
    assert project.journal.end["verdict"] == "aborted"


GREEN = """
gates:
  good:
    steps:
      fine: {run: "echo fine"}
"""


def test_quiet_says_nothing_of_green(tiny: MakeTiny) -> None:
    """cron mails whatever is written."""
    done = tiny(GREEN).gatekeeper("run", "tiny", "--quiet").expect(0)
    assert (done.out, done.err) == ("", "")


def test_quiet_says_how_anything_else_ended(tiny: MakeTiny) -> None:
    """The closing block alone: the verdict first, and the command to repeat what failed."""
    done = tiny(CYCLE).gatekeeper("run", "tiny", "-q").expect(1)
    assert done.out.startswith("✗ red  tiny")
    assert "gatekeeper run tiny --only bad/wrong" in done.out
    assert ESCAPE not in done.out
    assert done.err == ""


@pytest.mark.parametrize("form", ["json", "github"])
def test_quiet_is_for_people(tiny: MakeTiny, form: str) -> None:
    """Programs want every event."""
    done = tiny(GREEN).gatekeeper("run", "tiny", "--quiet", "--format", form).expect(2)
    assert f"--format {form}" in done.err
    assert done.out == ""
