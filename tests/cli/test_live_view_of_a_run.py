"""The live view of a real run at a real terminal: keys, job control, sizes, and how it leaves."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, until
from tests.support.terminals import TerminalJob

HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"

# Steps wait for the test: each prints what it has, and ends when it is let.
WAITS = """
until_green: {rounds: 1}
gates:
  build:
    steps:
      compile: {run: "for n in 1 2 3; do echo module $n; done; cat < $BEACONS/end >/dev/null"}
"""


@contextmanager
def at_a_terminal(
    project: Project, *options: str, columns: int = 80, rows: int = 24, **env: str
) -> Iterator[TerminalJob]:
    """A run whose live view is up."""
    with TerminalJob(
        [*project.command, "run", "tiny", *options],
        cwd=project.root,
        env=project.environment(),
        go=project.temporary / "go",
        columns=columns,
    ) as job:
        yield job


@pytest.fixture
def waits(tiny: MakeTiny) -> Project:
    project = tiny(WAITS)
    os.mkfifo(project.temporary / "end")
    return project


def let_it_end(project: Project) -> None:
    (project.temporary / "end").write_text("")


def cursor_is_shown(said: str) -> bool:
    return said.rfind(SHOWN) >= said.rfind(HIDDEN)


@pytest.mark.slow
def test_output_on_demand(waits: Project) -> None:
    """A key shows what the running step prints, another one all keys; none of them is echoed, or left for the shell."""
    with at_a_terminal(waits) as job:
        job.until_shown("? keys")
        job.type("t")
        job.until_shown("output of build/compile")
        job.until_shown("│ module 2")
        job.type("?x")
        job.until_shown("x no output")
        job.until(lambda: "output of" not in job.text())
        let_it_end(waits)
        code, settings = job.end()
        assert code == 0
        assert {"icanon", "echo"} <= set(settings.split())
        assert cursor_is_shown(job.said)
        assert "keys" not in job.text()
        assert "✓ build/compile" in job.text()


def test_stopped_and_going_on(waits: Project) -> None:
    """Ctrl-Z gives the shell its terminal, without a trace of the view; `fg` brings the view back."""
    with at_a_terminal(waits) as job:
        job.until_shown("round 1  ")
        job.until(lambda: not job.is_cooked())
        job.type("\x1a")
        settings = job.stopped()
        assert {"icanon", "echo"} <= set(settings.split())
        assert cursor_is_shown(job.said)
        assert "0/1 step" not in job.text()
        job.go_on()
        job.until_shown("0/1 step")
        job.type("t")
        job.until_shown("│ module 3")
        let_it_end(waits)
        code, _ = job.end()
        assert code == 0
        assert cursor_is_shown(job.said)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGTERM, 143),
        pytest.param(signal.SIGHUP, 129, marks=pytest.mark.slow),
        pytest.param(signal.SIGQUIT, 131, marks=pytest.mark.slow),
    ],
)
def test_ended_by_a_signal(waits: Project, number: signal.Signals, code: int) -> None:
    """Also where it has no time to tell anything."""
    with at_a_terminal(waits) as job:
        job.until_shown("? keys")
        job.until(lambda: not job.is_cooked())
        job.send(number)
        ended, settings = job.end()
        assert ended == code
        assert {"icanon", "echo"} <= set(settings.split())
        assert cursor_is_shown(job.said)
        assert "? keys" not in job.text()


@pytest.mark.slow
@pytest.mark.parametrize(("columns", "rows"), [(40, 10), (200, 60), (80, 1), (0, 0)])
def test_windows_of_all_sizes(waits: Project, columns: int, rows: int) -> None:
    with at_a_terminal(waits) as job:
        job.until_shown("? keys")
        job.resize(columns, rows)
        job.type("t")
        job.until_shown("build/compile" if rows != 1 else "compile")
        let_it_end(waits)
        assert job.end()[0] == 0


@pytest.mark.slow
def test_input_from_elsewhere_is_left_alone(waits: Project) -> None:
    """Then there are no keys, and the terminal is set as it was."""
    waits.command = ["sh", "-c", 'exec "$@" </dev/null', "sh", *waits.command]
    with at_a_terminal(waits) as job:
        job.until_shown("0/1 step")
        assert job.is_cooked()
        assert "? keys" not in job.text()
        let_it_end(waits)
        assert job.end()[0] == 0


@pytest.mark.slow
def test_in_the_background_nothing_is_drawn(waits: Project) -> None:
    """And it is not stopped for touching the terminal of somebody else; in the foreground again the view is up."""
    waits.command = [
        "bash",
        "-c",
        'set -m; "$@" & until [ -e "$BEACONS/fg" ]; do sleep .05; done; fg',
        "bash",
        *waits.command,
    ]
    with at_a_terminal(waits) as job:
        job.until_shown("first round")
        until(lambda: any(journal.events("step.started") for journal in waits.journals()), "the step runs")
        assert job.is_cooked()
        assert HIDDEN not in job.said
        (waits.temporary / "fg").touch()
        job.until_shown("? keys")
        let_it_end(waits)
        assert job.end()[0] == 0
        assert job.is_cooked()


@pytest.mark.slow
def test_a_terminal_that_is_stopped_holds_up_nothing(waits: Project) -> None:
    """Ctrl-S while a step runs: the run ends all the same, and Ctrl-Q shows how."""
    with at_a_terminal(waits) as job:
        job.until_shown("? keys")
        job.type("\x13")
        let_it_end(waits)
        until(lambda: waits.journal.events("run.finished") != [], "the run ends")
        job.type("\x11")
        job.until_shown("✓ green")
        assert job.end()[0] == 0
        assert cursor_is_shown(job.said)


@pytest.mark.slow
def test_nobody_waits_for_a_stopped_terminal_who_asks_for_an_end(waits: Project) -> None:
    """The tree is free for the next run at once; and what was to be said is said."""
    with at_a_terminal(waits) as job:
        job.until_shown("? keys")
        job.type("\x13")
        let_it_end(waits)
        until(lambda: waits.journal.events("run.finished") != [], "the run ends")
        lock = waits.root / ".gatekeeper" / "locks" / "run.lock"
        until(lambda: is_free(lock), "the tree is free")
        job.send(signal.SIGTERM)
        assert job.end()[0] == 0
        assert "✓ green" in job.text()
        assert cursor_is_shown(job.said)


def is_free(lock: Path) -> bool:
    with lock.open("rb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
