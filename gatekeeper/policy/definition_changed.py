"""Owns saying that a cycle is judged by another definition than the last time. Knows no file."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.model.tree_verdict import TreeVerdict

_SHOWN = len("sha256:") + 12


def definition_changed(cycle: str, digest: str, kept: Iterable[TreeVerdict]) -> str:
    """A line for whoever was not there when a hook or a timer runs `cycle` by the definition of this `digest`.

    Empty where the newest of the `kept` verdicts of the cycle was reached by that very definition, or there is none.
    """
    of_cycle = (each for each in kept if each.subject.cycle == cycle)
    last = max(of_cycle, key=lambda each: each.time, default=None)
    if last is None or last.subject.definition == digest:
        return ""
    return (
        f"{cycle}: its definition is not the one that judged last: {digest[:_SHOWN]} instead of "
        f"{last.subject.definition[:_SHOWN]} ({last.run}, {last.time[:16].replace('T', ' ')} UTC)"
    )
