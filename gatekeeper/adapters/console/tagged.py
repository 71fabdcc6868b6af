"""Owns the shape of a line of the console: a word to search for, a name, facts. Pure; knows no event."""

from __future__ import annotations

from gatekeeper.adapters.console.spans import Line, Span, Style, clean, line, shortened
from gatekeeper.policy.few import few

LONGEST = 300
"""How many characters of one fact are shown."""

_WORD = 10
_NAMED = 5


def tagged(word: str, subject: str, *facts: str, style: Style = "") -> Line:
    """``word      subject  fact  fact``; empty facts are left out."""
    said = "  ".join(shortened(fact, LONGEST) for fact in facts if fact)
    return line(
        Span(f"{clean(word):<{_WORD}}", style or "dim"), Span(clean(subject), "name"), f"  {said}" if said else ""
    )


def some(names: tuple[str, ...]) -> str:
    """``a, b and 3 more``."""
    return clean(few(names, _NAMED))
