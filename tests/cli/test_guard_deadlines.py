"""A deadline that holds, and a grace that is no longer than it has to be.

Ported from the situations of bazel's process-wrapper.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.adapters.guard.guard_situations import eventually
from tests.cli.guarding import gone, guard, guard_until_up, guarded, said, state

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the command needs Linux, and says so on macOS"),
    pytest.mark.slow,
]


def test_what_was_said_before_the_deadline_is_there_and_what_came_after_is_not() -> None:
    done = guard_until_up((), "sh", "-c", "echo before; sleep 50; echo after", up="before")
    assert (done.returncode, done.stdout) == (124, "")


def test_a_command_may_have_a_last_word() -> None:
    script = "trap 'echo later; exit 0' TERM; echo up; sleep 50 & wait; echo after"
    done = guard_until_up(("-k", "40"), "sh", "-c", script, up="up")
    assert (done.returncode, done.stdout) == (124, "later\n")


def test_who_ends_by_itself_within_its_grace_is_let() -> None:
    """The signal was not heeded, but the command comes to its own end: it is not killed."""
    heard = "trap 'heard=1' TERM; echo up; until [ $heard ]; do sleep .05; done"
    options = ("--preserve-status", "-k", "40")
    done = guard_until_up(options, "sh", "-c", f"{heard}; sleep .3; echo beautiful; exit 5", up="up")
    assert (done.returncode, done.stdout) == (5, "beautiful\n")


def test_a_grace_is_not_waited_out() -> None:
    """Whoever ends at the first signal is not waited for any longer."""
    assert guard("-k", "100000", ".1", "sleep", "100").returncode == 124


def test_after_the_grace_nobody_is_asked_any_more() -> None:
    deaf = "trap '' TERM INT HUP; echo up; while :; do sleep .05; done"
    done = guard_until_up(("-v", "-k", ".2"), "sh", "-c", deaf, up="up")
    assert done.returncode == 137
    assert [line for line in done.stderr.splitlines() if "sending" in line] == [
        "gatekeeper guard: sending signal TERM to command 'sh'",
        "gatekeeper guard: sending signal KILL to command 'sh'",
    ]


def test_without_a_grace_who_does_not_heed_is_waited_for() -> None:
    """As timeout(1) does; the page about the command says to give `-k`."""
    heard = "trap 'heard=1' TERM; echo up; until [ $heard ]; do sleep .05; done"
    done = guard_until_up((), "sh", "-c", f"{heard}; sleep .3; echo done", up="up")
    assert (done.returncode, done.stdout) == (124, "done\n")


def test_a_stopped_command_is_continued_so_that_it_can_hear() -> None:
    with guarded("100", "sh", "-c", "echo $$; trap 'echo heard; exit' TERM; kill -STOP $$; sleep 50") as process:
        leader = int(said(process))
        eventually(lambda: state(leader) == "T")
        # Now its time is over.
        process.send_signal(signal.SIGALRM)
        assert said(process) == "heard"
        assert process.wait(30) == 124


@pytest.mark.parametrize(
    "options", [(), pytest.param(("--foreground",), marks=pytest.mark.slow)], ids=["background", "foreground"]
)
def test_the_deadline_holds_while_we_are_stopped(options: tuple[str, ...]) -> None:
    """A job that somebody put aside does not live any longer for that."""
    with guarded(*options, "-k", ".1", "2", "sh", "-c", "trap '' TERM; echo $$; while :; do sleep 1; done") as process:
        leader = int(said(process))
        os.kill(process.pid, signal.SIGSTOP)
        eventually(lambda: gone(leader))
        os.kill(process.pid, signal.SIGCONT)
        assert process.wait(30) == 137


def test_a_command_that_stops_its_guardian_gains_no_time() -> None:
    """The deadline is the guardian's to keep, so it is set going again, however often it is stopped."""
    stops = "trap '' TERM; echo $$; while :; do kill -STOP $PPID; sleep .05; done"
    with guarded("-k", ".1", "2", "sh", "-c", stops) as process:
        leader = int(said(process))
        assert process.wait(30) == 137
        assert gone(leader)


def test_a_signal_that_asks_to_end_starts_the_grace_too() -> None:
    with guarded("-k", ".1", "100", "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done") as process:
        assert said(process) == "ready"
        process.terminate()
        assert process.wait(30) == 137


def test_an_alarm_means_that_the_time_is_over() -> None:
    with guarded(
        "-s", "INT", "100", "sh", "-c", "trap 'echo interrupted; exit' INT; echo ready; sleep 50 & wait"
    ) as process:
        assert said(process) == "ready"
        process.send_signal(signal.SIGALRM)
        assert said(process) == "interrupted"
        assert process.wait(30) == 124


def test_an_alarm_that_was_blocked_or_a_child_s_end_that_was_ignored_is_no_matter() -> None:
    """Both are inherited from whoever starts us, and must not make us deaf."""

    def deafen() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGCHLD})
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)

    assert guard(".1", "sleep", "50", preexec_fn=deafen).returncode == 124
    assert guard("10", "sh", "-c", "exit 3", preexec_fn=deafen).returncode == 3


def test_a_last_word_into_a_pipe_is_read(tmp_path: Path) -> None:
    """A reader that ends just behind its shell is given the moment that it takes."""
    log = tmp_path / "log"
    # It begins to read when its shell has ended.
    ended = "while read -r _ _ state _ </proc/$$/stat && [ $state != Z ]; do :; done 2>/dev/null"
    for _ in range(10):
        guard("10", "bash", "-c", f'exec > >({ended}; cat >"{log}"); echo last')
        assert log.read_text() == "last\n"
