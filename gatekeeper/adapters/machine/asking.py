"""Owns asking a question that may never be answered: bounded in time, and failing into words. Knows no question."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from typing import TypeVar

from gatekeeper.model.machine import Unanswered

Answer = TypeVar("Answer")


def ask(question: Callable[[], Answer], within_s: float) -> Answer | Unanswered:
    """The answer, or why there is none. A file system that hangs keeps a thread, and nobody waits for it."""
    found: list[Answer | Unanswered] = []

    def answer() -> None:
        try:
            found.append(question())
        except Exception as fault:  # noqa: BLE001 - whatever the machine does to a question, the others go on
            found.append(Unanswered(f"{type(fault).__name__}: {fault}"))

    asking = threading.Thread(target=answer, daemon=True)
    asking.start()
    asking.join(within_s)
    return found[0] if found else Unanswered(f"no answer within {within_s:g} s")


def said_by(*command: str, within_s: float, cwd: str | None = None) -> tuple[int, str, str]:
    """Exit code, output and errors of a short command; 127 where there is none, 124 where its time was over.

    Nothing of it is left: it has a session of its own, whose processes end with it.
    """
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            cwd=cwd,
            process_group=0,
        )
    except FileNotFoundError:
        return 127, "", f"there is no {command[0]}"
    with process:
        try:
            out, errors = process.communicate(timeout=within_s)
        except subprocess.TimeoutExpired:
            # Before anybody reaps the leader, the group is surely still its own.
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            return 124, "", f"no answer within {within_s:g} s"
    return process.returncode, out.strip(), errors.strip()
