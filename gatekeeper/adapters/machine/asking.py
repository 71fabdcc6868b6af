"""Owns asking a question that may never be answered: bounded in time, and failing into words. Knows no question."""

from __future__ import annotations

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
    """Exit code, output and errors of a short command; 127 where there is none. Raises `subprocess.TimeoutExpired`."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=within_s,
            check=False,
            cwd=cwd,
        )
    except FileNotFoundError:
        return 127, "", f"there is no {command[0]}"
    return done.returncode, done.stdout.strip(), done.stderr.strip()
