"""Owns `gatekeeper guard` as it is started from a command line, and what its tests ask of the kernel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.adapters.guard.guard_situations import ROOT, SITUATIONS, eventually
from tests.support.projects import program

GUARD = (*program(), "guard")
PYTHON = (sys.executable, "-I", "-S", "-c")


def guard(*words: str, **given: Any) -> subprocess.CompletedProcess[str]:
    """One guarded command, run to its end; what it said is kept."""
    return subprocess.run([*GUARD, *words], check=False, capture_output=True, text=True, timeout=50, **given)


def guard_until_up(options: tuple[str, ...], *command: str, up: str, **given: Any) -> subprocess.CompletedProcess[str]:
    """A guarded command that lived to print the line `up` before its time was over; that line is left out.

    Its time is short, and longer where the machine was too busy for that: else every test would take as long.
    """
    for duration in (".3", "3", "20"):
        done = guard(*options, duration, *command, **given)
        if done.stdout.startswith(f"{up}\n"):
            return subprocess.CompletedProcess(
                done.args, done.returncode, done.stdout.removeprefix(f"{up}\n"), done.stderr
            )
    raise AssertionError(f"it was not up within 20 s: {done}")


def side_by_side(lines: list[tuple[str, ...]]) -> tuple[list[int], str]:
    """How many guarded commands ended, as `subprocess` has it (a signal is negative), and what was said of them."""
    done = subprocess.run(
        [sys.executable, SITUATIONS / "many_guards.py"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input=json.dumps(lines),
        capture_output=True,
        text=True,
        timeout=55,
        check=True,
    )
    return [os.waitstatus_to_exitcode(status) for status in json.loads(done.stdout)], done.stderr


@contextmanager
def guarded(*words: str, **given: Any) -> Iterator[subprocess.Popen[str]]:
    """A guarded command while it runs; killed at the end where it still does."""
    with subprocess.Popen([*GUARD, *words], **{"stdout": subprocess.PIPE, "text": True, **given}) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    """The next line of what it prints."""
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def state(pid: int) -> str:
    """The letter that the kernel has for what a process does; empty where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0].decode()
    except OSError:
        return ""


def gone(pid: int) -> bool:
    """Whether a process can run no code any more."""
    return state(pid) in ("", "Z", "X")


def end(*pids: int) -> None:
    """Take away what a test itself has started."""
    for pid in pids:
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            continue
        eventually(lambda pid=pid: gone(pid))  # type: ignore[misc]  # the default makes it today's pid
