"""Owns the commands that worked, as one block that can be copied into a shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from gatekeeper.adapters.executionlog.text import block, clean
from gatekeeper.adapters.executionlog.words import plural
from gatekeeper.model.events import RunStarted, StepFinished
from gatekeeper.model.plan import StepId
from gatekeeper.policy.fold import RoundRecord, RunRecord
from gatekeeper.policy.judged_commit import path_now
from gatekeeper.policy.masking import MASK
from gatekeeper.policy.summary import results_of

_SHOWN = 10
_LINES = 20
_WIDEST = 300
# What is no plain command could end the shell of who copies it, or change its folder.
_PLAIN = re.compile(r"[\w./=:@%+,~ '\"-]+")
_TELLS_THE_SHELL = re.compile(r"(?:exit|exec|cd|set|return|logout|export|unset|trap|source|\.)\b")


def commands_that_worked(record: RunRecord, each: RoundRecord) -> Iterator[str]:
    """Every command of the round that passed, in its folder; those that would not be exact here are counted."""
    passed = [event for event in results_of(each).values() if _ran_well(event)]
    if not passed:
        return
    exact = [event for event in passed if _is_exact(event.command or "")]
    lines, folder = [], ""
    for event in exact[:_SHOWN]:
        begun = record.begun.get(StepId(event.gate, event.step))
        cwd = begun.cwd if begun is not None and clean(begun.cwd) == begun.cwd else ""
        if cwd and cwd != folder:
            lines.append(_there(cwd, record.started))
            folder = cwd
        lines += _told(event.command or "")
    if lines:
        yield from ("", "**Commands that worked:**", "", block(lines, language="bash"))
    if more := len(passed) - len(exact[:_SHOWN]):
        yield from ("", f"*{plural(more, 'more command')} that passed: see the evidence of the steps.*")


def _ran_well(event: StepFinished) -> bool:
    return event.verdict == "passed" and event.command is not None and event.attempt > 0 and not event.reused


def _is_exact(command: str) -> bool:
    lines = command.split("\n")
    shown = len(lines) <= _LINES and all(len(line) <= _WIDEST and clean(line) == line for line in lines)
    return bool(command.strip()) and shown and MASK not in command


def _there(cwd: str, started: RunStarted | None) -> str:
    now = path_now(started, cwd) if started is not None else cwd
    if now == cwd:
        return f"cd {shlex.quote(cwd)}"
    return f"# in {'the project root' if now == '.' else now}, at that commit"


def _told(command: str) -> list[str]:
    if _PLAIN.fullmatch(command) and not _TELLS_THE_SHELL.match(command):
        return [command]
    return ["(", *command.split("\n"), ")"]
