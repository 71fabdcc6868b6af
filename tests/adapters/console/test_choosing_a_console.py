"""Which console is chosen, what it may use, and what it does when nobody listens any more."""

from __future__ import annotations

import fcntl
import io
import os
import select
import struct
import subprocess
import sys
import termios
import time
from typing import TextIO

import pytest

from gatekeeper.adapters.console.choose import console
from gatekeeper.adapters.console.github import GitHubConsole
from gatekeeper.adapters.console.jsonlines import JsonLinesConsole
from gatekeeper.adapters.console.live import LiveConsole
from gatekeeper.adapters.console.plain import PlainConsole
from gatekeeper.adapters.console.surroundings import wants_colour, wants_live_view
from tests.adapters.console.sample_runs import FOLDER, GREEN, RED


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def chosen(kind: str = "human", stream: TextIO | None = None, **environ: str) -> object:
    return console(kind, stream=stream or Terminal(), environ=environ, run_folder=FOLDER, encode=repr)


def test_a_terminal_gets_the_live_view() -> None:
    """Unless it is dumb, or CI keeps what is written."""
    assert isinstance(chosen(TERM="xterm"), LiveConsole)
    assert isinstance(chosen(TERM="dumb"), PlainConsole)
    assert isinstance(chosen(TERM="xterm", CI="true"), PlainConsole)
    assert isinstance(chosen(TERM="xterm", CI="false"), LiveConsole)
    assert isinstance(chosen(stream=io.StringIO()), PlainConsole)
    assert isinstance(chosen("json"), JsonLinesConsole)
    assert isinstance(chosen("github"), GitHubConsole)


@pytest.mark.parametrize(
    ("environ", "terminal", "colour"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"CLICOLOR_FORCE": "1"}, False, True),
        ({"CLICOLOR_FORCE": "0"}, False, False),
        ({"CLICOLOR_FORCE": "1", "CLICOLOR": "0"}, False, True),
        ({"CLICOLOR": "0"}, True, False),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "dumb", "FORCE_COLOR": "3"}, True, True),
    ],
)
def test_colours(environ: dict[str, str], *, terminal: bool, colour: bool) -> None:
    """NO_COLOR, then what forces, then what forbids, then the terminal."""
    assert wants_colour(environ, terminal=terminal) is colour


def test_forced_colours_do_not_make_a_file_a_terminal() -> None:
    """Redrawing needs a terminal; colours can be forced without one."""
    assert not wants_live_view({"FORCE_COLOR": "1"}, terminal=False)
    stream = io.StringIO()
    seen = console("human", stream=stream, environ={"FORCE_COLOR": "1"}, run_folder=FOLDER, encode=repr)
    for entry in GREEN:
        seen.receive(entry)
    assert "\x1b[32mpassed" in stream.getvalue()


def test_json_is_the_journals_lines_and_nothing_else() -> None:
    """What the encoder gives is written as it is, a line each."""
    stream = io.StringIO()
    seen = console(
        "json", stream=stream, environ={}, run_folder=FOLDER, encode=lambda entry: f'{{"seq":{entry.seq}}}\n'
    )
    for entry in GREEN:
        seen.receive(entry)
    seen.close()
    assert stream.getvalue().splitlines() == [f'{{"seq":{entry.seq}}}' for entry in GREEN]


SPEAKER = """
import sys
from gatekeeper.adapters.console.choose import console
from tests.adapters.console.sample_runs import FOLDER, GREEN
sys.stdin.readline()
seen = console(sys.argv[1], stream=sys.stdout, environ={}, run_folder=FOLDER, encode=repr)
for entry in GREEN * 50:
    seen.receive(entry)
seen.close()
print("still here", file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["human", "json", "github"])
def test_a_reader_that_went_away_changes_nothing(kind: str) -> None:
    """`gatekeeper run x | head -1`: the console falls silent, and the run goes on to its own exit code."""
    reading, writing = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", SPEAKER, kind],
        stdin=subprocess.PIPE,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    ) as speaker:
        os.close(writing)
        os.close(reading)
        _, said = speaker.communicate("go\n", timeout=50)
    assert (speaker.returncode, said) == (0, "still here\n")


def wait_until_it_is_full(pipe: int) -> None:
    """Until nothing more has come for a while; how many bytes fit depends on how they were written."""
    held, deadline = -1, time.monotonic() + 50
    while (now := struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]) != held or not now:
        assert time.monotonic() < deadline
        held = now
        select.select([], [], [], 0.1)


def test_a_full_pipe_that_somebody_made_non_blocking_loses_nothing() -> None:
    """Node and others leave the shared end non-blocking; every line arrives all the same."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with subprocess.Popen(
        [sys.executable, "-c", SPEAKER, "json"],
        stdin=subprocess.PIPE,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    ) as speaker:
        os.close(writing)
        assert speaker.stdin
        speaker.stdin.write("go\n")
        speaker.stdin.flush()
        wait_until_it_is_full(reading)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            lines = pipe.read().splitlines()
        speaker.communicate(timeout=50)
    assert len(lines) == 50 * len(GREEN)


def test_a_stream_that_knows_only_ascii() -> None:
    """Signs that it lacks become question marks, and nothing is lost but they."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    seen = console("human", stream=stream, environ={}, run_folder=FOLDER, encode=repr)
    for entry in RED:
        seen.receive(entry)
    assert b"x red" in raw.getvalue()
    assert b"migrating" not in raw.getvalue()
