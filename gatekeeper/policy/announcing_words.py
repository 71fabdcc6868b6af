"""Owns what was announced, and what would be next, in the words that people use. Pure; knows no target."""

from __future__ import annotations

from gatekeeper.policy.announcing import Announce, Announced, decide
from gatekeeper.policy.number_words import duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_ENDINGS = ("red", "flaky", "inconclusive", "aborted", "green", "green-after-fix")


def told_words(before: Announced | None, now: float) -> str:
    """What was announced last."""
    if before is None:
        return "nothing was announced yet"
    ago = duration(max(0.0, now - before.told))
    if before.times < 2:
        return f"last: {before.state}, {ago} ago"
    lasted = duration(max(0.0, before.told - before.since))
    return f"last: {before.state}, {ago} ago, for the {_ordinal(before.times)} time in {lasted}"


def next_words(on: Iterable[str], before: Announced | None, now: float) -> list[str]:
    """What a run that ended now would be told as, ending by ending; those of one answer in one line."""
    wanted = tuple(on)
    lines: dict[str, list[str]] = {}
    for verdict in _ENDINGS:
        decision = decide(wanted, verdict, before, now)
        if isinstance(decision, Announce):
            words = "told" if decision.kind in {"first", "always", "green", "fixed"} else f"told as {decision.kind}"
        elif decision.due is not None:
            words = f"not told for another {duration(decision.due - now)}"
        else:
            words = "not told"
        lines.setdefault(words, []).append(verdict)
    return [f"next: {', '.join(verdicts)}: {words}" for words, verdicts in lines.items()]


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
