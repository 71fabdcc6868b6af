"""Owns the near end of the process that looks for patterns: starting it, ending it, going on without the culprit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence

from gatekeeper.adapters.patterns.apart import MOST_CPU_S
from gatekeeper.model.pattern import Texts
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.patterns.looking import Seen

_BOOT = "import sys; sys.path.append(sys.argv[1]); from gatekeeper.adapters.patterns.apart import main; main()"
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
_WITHIN_S = 10.0


class Try(NamedTuple):
    """A pattern to be looked for: its name, and the texts of each way to match of which one is enough."""

    pattern: str
    ways: tuple[Texts, ...]


class Tried(NamedTuple):
    """The first of the patterns that was found, in which of its ways (from 0), and why some were not looked for."""

    pattern: str = ""
    way: int = 0
    seen: Seen = Seen()
    skipped: tuple[str, ...] = ()


class _Answer(NamedTuple):
    pattern: str
    problem: str = ""
    way: int = 0
    seen: Seen | None = None


def try_in_turn(tries: Sequence[Try], lines: Sequence[str], *, within_s: float = _WITHIN_S) -> Tried:
    """Look for patterns until one is found. Blocks for a bounded time, and leaves no process behind."""
    left = list(tries)
    skipped: list[str] = []
    ends = time.monotonic() + within_s
    while left:
        remaining = ends - time.monotonic()
        if remaining <= 0:
            skipped += (_left_out(each.pattern, "no time was left to look for it") for each in left)
            break
        answers, ended = _ask(left, lines, remaining)
        for pattern, problem, way, seen in answers:
            left.pop(0)
            if problem:
                skipped.append(_left_out(pattern, problem))
            if seen is not None:
                return Tried(pattern, way, seen, tuple(skipped))
        if left:
            skipped.append(_left_out(left.pop(0).pattern, ended))
    return Tried(skipped=tuple(skipped))


def _ask(tries: Sequence[Try], lines: Sequence[str], within_s: float) -> tuple[list[_Answer], str]:
    """What was answered, and in words why no more was."""
    job = json.dumps({"lines": lines, "patterns": tries}).encode()
    command = [sys.executable, "-I", "-S", "-Xutf8=1", "-c", _BOOT, _ROOT]
    try:
        # Of the environment it needs nothing, and what else is open it does not get.
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            process_group=0,
        ) as process:
            try:
                told, _ = process.communicate(job, timeout=within_s)
                ended = f"looking for it took more than {MOST_CPU_S:g} s of processor time"
            except subprocess.TimeoutExpired:
                process.kill()
                told, _ = process.communicate()
                ended = "looking for it took too long"
    except OSError as fault:
        return [], f"the process that looks for it did not start: {fault.strerror}"
    whole = told[: told.rfind(b"\n") + 1]
    return [_answer(*json.loads(line)) for line in whole.splitlines()], ended


def _left_out(pattern: str, why: str) -> str:
    return f"the pattern {pattern} is left out: {why}"


def _answer(pattern: str, problem: str, found: tuple[int, tuple[str, list[tuple[str, str]]]] | None) -> _Answer:
    if found is None:
        return _Answer(pattern, problem)
    way, (line, captures) = found
    return _Answer(pattern, problem, way, Seen(line, tuple((name, value) for name, value in captures)))
