"""Owns grouping failures that no pattern knew, by what stays the same in them. Reads no run, writes no file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal, TypeAlias

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.patterns.headline import headline_of
from gatekeeper.policy.patterns.likeness import likeness

Confidence: TypeAlias = Literal["high", "medium", "low"]
"""How sure it is that a failure comes again: from the number of runs that it was seen in."""

HIGH, MEDIUM = 5, 3
_BEFORE, _AFTER = 12, 6


class Uncaught(NamedTuple):
    """A failure that no pattern knew, as a run kept it.

    `run` sorts by time. `said` are the messages of what spoke against the step, each with its kind; `output` are the
    lines that it wrote, the last ones where there were many.
    """

    run: str
    gate: str
    step: str
    verdict: str
    exit_code: int | None = None
    signal: int | None = None
    said: tuple[tuple[str, str], ...] = ()
    output: tuple[str, ...] = ()


class Mined(NamedTuple):
    """One failure that came again: `like` is its line without what varied, `line` that of the newest run.

    `runs` are distinct, newest first. `example` is the failure in the newest of them, `excerpt` what was written
    around `line` there.
    """

    like: str
    line: str
    verdict: str
    confidence: Confidence
    runs: tuple[str, ...]
    steps: tuple[str, ...]
    lines: tuple[str, ...]
    excerpt: tuple[str, ...]
    example: Uncaught


def mine(failures: Iterable[Uncaught], least: int = 1) -> tuple[Mined, ...]:
    """The groups that were seen in `least` runs or more, those of most runs first.

    The order of `failures` does not matter. A failure that left no line that could tell it is left out.
    """
    groups: dict[tuple[str, str], list[tuple[Uncaught, str]]] = defaultdict(list)
    for failure in failures:
        if line := headline_of(failure.said, failure.output):
            groups[likeness(line), failure.verdict].append((failure, line))
    mined = [_mined(like, verdict, members) for (like, verdict), members in groups.items() if like]
    kept = [each for each in mined if len(each.runs) >= least]
    return tuple(sorted(kept, key=lambda each: (-len(each.runs), each.like, each.verdict)))


def confidence_in(runs: int) -> Confidence:
    """What so many distinct runs are worth."""
    return "high" if runs >= HIGH else "medium" if runs >= MEDIUM else "low"


def _mined(like: str, verdict: str, members: list[tuple[Uncaught, str]]) -> Mined:
    example, line = max(members)
    runs = sorted({failure.run for failure, _ in members}, reverse=True)
    return Mined(
        like=like,
        line=line,
        verdict=verdict,
        confidence=confidence_in(len(runs)),
        runs=tuple(runs),
        steps=tuple(sorted({f"{failure.gate}/{failure.step}" for failure, _ in members})),
        lines=tuple(sorted({line for _, line in members})),
        excerpt=_excerpt(example.output, line),
        example=example,
    )


def _excerpt(output: tuple[str, ...], line: str) -> tuple[str, ...]:
    """What was written around the last such line; the line alone where it is none of the output."""
    at = next((number for number in reversed(range(len(output))) if output[number].strip() == line), None)
    return (line,) if at is None else output[max(0, at - _BEFORE) : at + 1 + _AFTER]
