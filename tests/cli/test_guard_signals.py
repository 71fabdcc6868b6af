"""What is sent to `gatekeeper guard` reaches its command, and the command is born as if nobody stood in between.

Ported from the situations of tini, and those of a terminal beside them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gatekeeper.policy.signal_text import name_of
from tests.adapters.guard.guard_situations import SITUATIONS, eventually
from tests.cli.guarding import GUARD, PYTHON, gone, guard, guarded, said, state

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the command needs Linux, and says so on macOS")

_OURS = {"KILL", "STOP", "TSTP", "CONT", "TTIN", "TTOU", "CHLD", "PIPE", "XFSZ"}
_FAULTS = {"ILL", "FPE", "SEGV", "BUS", "ABRT", "TRAP", "SYS"}
PASSED_ON = [number for number in sorted(signal.valid_signals()) if name_of(number) not in _OURS | _FAULTS | {"ALRM"}]

# Says which signals came, one line each, until it was told that there are no more.
LISTENER = """
import os, signal
heard = set(signal.valid_signals()) - {9, 19, 18, 20, 11, 4, 8, 7}
signal.pthread_sigmask(signal.SIG_BLOCK, heard)
print("ready", flush=True)
while (came := signal.sigwait(heard)) != signal.SIGUSR2:
    print(int(came), flush=True)
"""


@pytest.mark.parametrize("options", [(), ("--foreground",)], ids=["background", "foreground"])
def test_every_signal_that_can_be_passed_on_is(options: tuple[str, ...]) -> None:
    with guarded(*options, "30", *PYTHON, LISTENER) as process:
        assert said(process) == "ready"
        for number in PASSED_ON:
            if number != signal.SIGUSR2:
                process.send_signal(number)
                assert said(process) == str(int(number))
        process.send_signal(signal.SIGUSR2)
        assert process.wait(30) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2])
def test_who_dies_of_what_was_passed_on_takes_us_along(number: signal.Signals) -> None:
    with guarded("30", "sh", "-c", "echo ready; exec sleep 50") as process:
        assert said(process) == "ready"
        process.send_signal(number)
        assert process.wait(30) == -number


FAMILY = """
import os, signal, time
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
inside, outside = os.pipe()
if os.fork() == 0:
    signal.signal(signal.SIGUSR1, lambda *_: (print("grandchild", flush=True), os._exit(0)))
    os.write(outside, b"x")
    time.sleep(50)
os.read(inside, 1)
print("ready", flush=True)
os.wait()
"""


def test_the_group_hears_what_its_first_process_ignores() -> None:
    with guarded("30", *PYTHON, FAMILY) as process:
        assert said(process) == "ready"
        process.send_signal(signal.SIGUSR1)
        assert said(process) == "grandchild"
        assert process.wait(30) == 0


def test_in_the_foreground_only_the_command_hears() -> None:
    """As timeout(1) has it: in an interactive job the terminal signals the group, and nobody else has to."""
    with guarded("--foreground", "30", "sh", "-c", "trap 'exit 7' TERM; sleep 50 & echo $!; wait") as process:
        child = int(said(process))
        process.terminate()
        assert process.wait(30) == 7
        assert gone(child), "it was left, so it was killed"


def test_what_stands_in_our_group_and_is_not_ours_hears_nothing() -> None:
    """A shell that becomes us by exec may have children in our group: they are neither signalled nor waited for."""
    line = 'trap "" HUP; sleep 60 & echo $!; exec "$@"'
    with subprocess.Popen(
        ["sh", "-c", line, "sh", *GUARD, "-k", ".1", ".2", "sleep", "50"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        stranger = int(said(process))
        try:
            assert process.wait(30) == 124
            assert state(stranger) in set("SRD"), "neither stopped nor dead"
        finally:
            os.kill(stranger, signal.SIGKILL)


def test_what_a_stranger_leaves_is_not_ours_either(tmp_path: Path) -> None:
    """An orphan of a child that we never started must not be ended by us, whomever it falls to."""
    until = "until [ -e {0} ]; do sleep .02; done".format
    (tmp_path / "stranger").write_text(f"sleep 60 & echo $! $$; {until('end')}")
    with subprocess.Popen(
        ["sh", "-c", 'sh stranger & exec "$@"', "sh", *GUARD, "30", "sh", "-c", until("go")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as process:
        orphan, parent = map(int, said(process).split())
        try:
            (tmp_path / "end").touch()
            eventually(lambda: gone(parent))
            (tmp_path / "go").touch()
            assert process.wait(30) == 0
            assert state(orphan) in set("SRD"), "neither stopped nor dead"
        finally:
            os.kill(orphan, signal.SIGKILL)


def test_a_stranger_is_spared_even_when_the_guardian_was_killed() -> None:
    """Then we end what falls to us; a child that was there before us has always been ours, and is not the command's."""
    line = 'sleep 60 & echo $!; exec "$@"'
    with subprocess.Popen(
        ["sh", "-c", line, "sh", *GUARD, "30", "sh", "-c", "kill -KILL $PPID; exec sleep .1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        stranger = int(said(process))
        try:
            assert process.wait(30) == 125
            assert state(stranger) in set("SRD"), "neither stopped nor dead"
        finally:
            os.kill(stranger, signal.SIGKILL)


def test_the_command_is_born_with_our_mask_and_what_we_were_told_to_ignore() -> None:
    """But for what timeout(1) resets too: what asks to end, the alarm, and what a terminal tells the background."""

    def beset() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGCHLD, signal.SIGALRM})
        for number in (signal.SIGUSR2, signal.SIGWINCH, signal.SIGINT, signal.SIGHUP, signal.SIGTTIN, signal.SIGCHLD):
            signal.signal(number, signal.SIG_IGN)

    done = guard("10", "cat", "/proc/self/status", preexec_fn=beset)
    found = dict(line.split(":\t") for line in done.stdout.splitlines() if line.startswith("Sig"))
    # The C library keeps 32 and 33 for itself; what they are is up to whoever started us.
    blocked, ignored, caught = (int(found[name], 16) & ~(3 << 31) for name in ("SigBlk", "SigIgn", "SigCgt"))
    assert blocked == bits(signal.SIGUSR1, signal.SIGALRM)
    assert ignored == bits(signal.SIGUSR2, signal.SIGWINCH)
    assert caught == 0


def bits(*numbers: signal.Signals) -> int:
    return sum(1 << (number - 1) for number in numbers)


def test_what_was_ignored_when_we_were_started_stays_ignored() -> None:
    with guarded("30", *PYTHON, LISTENER, preexec_fn=lambda: signal.signal(signal.SIGUSR1, signal.SIG_IGN)) as process:
        assert said(process) == "ready"
        process.send_signal(signal.SIGUSR1)
        process.send_signal(signal.SIGQUIT)
        assert said(process) == str(int(signal.SIGQUIT))
        process.send_signal(signal.SIGUSR2)
        assert process.wait(30) == 0


@contextmanager
def at_a_terminal(*words: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """A guarded command as the foreground job of a terminal: what is typed, and the shell that tells of it."""
    typed, terminal = os.openpty()
    with subprocess.Popen(
        [sys.executable, SITUATIONS / "terminal.py", *GUARD, *words], stdin=terminal, stdout=subprocess.PIPE, text=True
    ) as shell:
        os.close(terminal)
        try:
            yield typed, shell
        finally:
            shell.kill()
            os.close(typed)


@pytest.mark.parametrize("options", [(), ("--foreground",)], ids=["background", "foreground"])
def test_an_interrupt_typed_once_is_heard_once(options: tuple[str, ...]) -> None:
    """The terminal has told the whole group; to many programs a second interrupt means that there is no more time."""
    with at_a_terminal(*options, "30", *PYTHON, f"import os; print(os.getppid()){LISTENER}") as (typed, shell):
        holder = int(said(shell))
        assert said(shell) == "ready"
        os.write(typed, b"\x03")
        assert said(shell) == "2"
        front = int(Path(f"/proc/{holder}/stat").read_text().rpartition(")")[2].split()[1])
        # Passed on in the same line, so behind the interrupt, if that was passed on too.
        os.kill(front, signal.SIGUSR1)
        assert said(shell) == "10"
        os.kill(front, signal.SIGUSR2)
        assert said(shell) == "ended with 0"


@pytest.mark.parametrize("options", [(), ("--foreground",)], ids=["background", "foreground"])
def test_a_job_is_put_aside_and_taken_up_again(options: tuple[str, ...]) -> None:
    """Ctrl-Z stops us and the command alike, so that the shell sees it; what continues the job continues both."""
    line = "echo $$; read word; echo got $word"
    with at_a_terminal(*options, "30", "sh", "-c", line) as (typed, shell):
        command = int(said(shell))
        os.write(typed, b"\x1a")
        assert said(shell) == f"stopped by {int(signal.SIGTSTP)}"
        eventually(lambda: state(command) == "T")
        os.write(typed, b"go on\nword\n")
        assert said(shell) == "got word"
        assert said(shell) == "ended with 0"


def test_orphans_that_end_while_the_command_runs_are_no_zombies() -> None:
    """They fall to the guardian, which must reap them as they come."""
    many = """
import os, sys, time
guardian = os.getppid()
for _ in range(50):
    if os.fork() == 0:
        if os.fork():
            os._exit(0)
        while os.getppid() != guardian:
            time.sleep(0.001)
        os._exit(0)
    os.wait()
def children():
    with open(f"/proc/{guardian}/task/{guardian}/children") as file:
        return file.read().split()
until = time.monotonic() + 20
while children() != [str(os.getpid())] and time.monotonic() < until:
    time.sleep(0.001)
print(children() == [str(os.getpid())])
"""
    assert guard("30", *PYTHON, many).stdout == "True\n"
