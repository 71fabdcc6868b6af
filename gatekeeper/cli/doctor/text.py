"""Owns how a diagnosis looks at a terminal: a line a finding, its sign in front, what to do below it."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from gatekeeper.cli.ink import Ink, printable, widths
from gatekeeper.model.machine import Machine
from gatekeeper.policy.diagnosis import Diagnosis
from gatekeeper.policy.diagnosis_rows import Grade, Row

_COLOURS = {Grade.OK: "green", Grade.NOTE: "dim", Grade.LOOK: "yellow", Grade.WRONG: "red"}
_WIDTH = 118
_SIGN = 5


def print_diagnosis(machine: Machine, diagnosis: Diagnosis) -> None:
    """Write the diagnosis to standard output."""
    ink = Ink()
    host = machine.host
    container = f"in a container ({host.container})" if host.container else ""
    about = (host.system, f"kernel {host.kernel}", f"as {host.user}", container)
    ink.say(ink.paint(printable(", ".join(filter(None, about))), "dim"))
    strength = ink.paint(diagnosis.strength, "red" if diagnosis.strength == "none" else "bold")
    ink.say(f"containment: {strength} ({diagnosis.summary})")
    rows = (*diagnosis.layers, *diagnosis.surroundings)
    (width,) = widths([(row.name,) for row in rows])
    _print_rows(ink, "layers of containment", diagnosis.layers, width)
    _print_rows(ink, "what else a run leans on", diagnosis.surroundings, width)
    ink.say()
    ink.say(ink.paint("where the promise ends", "bold"))
    for limit in diagnosis.limits:
        for number, line in enumerate(wrap(limit, _WIDTH - 4)):
            ink.say(f"  {' ' if number else '-'} {line}")
    ink.say()
    worst = max((row.grade for row in rows), key=list(Grade).index)
    ink.say(ink.paint(_closing(worst), _COLOURS[worst]))
    ink.done()


def _print_rows(ink: Ink, title: str, rows: Sequence[Row], width: int) -> None:
    ink.say()
    ink.say(ink.paint(title, "bold"))
    indent = " " * (2 + _SIGN + 2 + width + 2)
    for row in rows:
        sign = ink.paint(f"{row.grade.value:<{_SIGN}}", _COLOURS[row.grade])
        first, *others = _wrapped(row.found, len(indent)) or [""]
        ink.say(f"  {sign}  {row.name:<{width}}  {first}".rstrip())
        for line in others:
            ink.say(f"{indent}{line}")
        for line in _wrapped(row.advice, len(indent)):
            ink.say(f"{indent}{ink.paint(line, 'cyan')}")


def _wrapped(text: str, indent: int) -> list[str]:
    # What can be copied into a shell must not be broken inside an option.
    return wrap(printable(text), _WIDTH - indent, break_on_hyphens=False, break_long_words=False)


def _closing(worst: Grade) -> str:
    match worst:
        case Grade.WRONG:
            return "something that a run needs is missing here"
        case Grade.LOOK:
            return "a run finds what it needs here; what would make it stronger is marked 'look'"
        case Grade.OK | Grade.NOTE:
            return "a run finds everything here"
