"""Owns what is worth announcing: a change, trouble that lasts, a recovery from trouble that was told. Knows no target.

Each target has its own memory: what it was told last. Nothing counts as told that did not arrive.
"""

from __future__ import annotations

from gatekeeper.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

OCCASIONS = ("green", "green-after-fix", "flaky", "red", "inconclusive", "aborted", "recovered", "always")
"""What ``on:`` may hold."""

USUAL = ("red", "flaky", "inconclusive", "recovered")
"""What is told where ``on:`` is not written."""

TROUBLE = ("red", "flaky", "inconclusive", "aborted")
"""The endings that last until a green one."""

REMINDERS_S = (3600.0, 4 * 3600.0, 20 * 3600.0)
"""How long after the last word, in seconds, lasting trouble is told again: the first time, the second, from then on.

The last is less than a day, so that a nightly run that begins a little early is not taken for too early.
"""

_GREEN = ("green", "green-after-fix")


class Announced(NamedTuple):
    """What a target was last told of a cycle. `since` and `told` are seconds since 1970: the first and the last time.

    `times` counts how often it was told of this `state`, the first time included.
    """

    state: str
    since: float
    told: float
    times: int = 1


class Announce(NamedTuple):
    """Tell it, as ``first``, ``still``, ``recovered``, ``green``, ``fixed`` or ``always``.

    `then` is what is known once it arrived.
    """

    kind: str
    then: Announced | None


class Keep(NamedTuple):
    """Tell nothing, and why. `then` is what is known from now on; `due` is when it would be told, if ever.

    `due` is in seconds since 1970.
    """

    why: str
    then: Announced | None
    due: float | None = None


if TYPE_CHECKING:
    Decision: TypeAlias = Announce | Keep


def decide(on: Iterable[str], verdict: str, before: Announced | None, now: float, *, partial: bool = False) -> Decision:
    """Whether a run that ended as `verdict` is told to whom `before` was told last (None for nothing yet).

    `on` are the endings that are asked for; `now` is in seconds since 1970. A `partial` run, of some steps only, says
    nothing about the cycle: it changes nothing, and is told to those alone who want to hear of every run.
    """
    asked = frozenset(on)
    if partial:
        return Announce("always", before) if "always" in asked else Keep("only some steps ran", before)
    wanted = frozenset(OCCASIONS) if "always" in asked else asked
    of = _of_green if verdict in _GREEN else _of_trouble
    decision = of(wanted, verdict, before, now)
    if isinstance(decision, Keep) and "always" in asked:
        return Announce("always", _told_again(before, verdict, now))
    return decision


def _of_green(wanted: frozenset[str], verdict: str, before: Announced | None, now: float) -> Decision:
    green = Announced("green", now, now)
    if before is not None and before.state in TROUBLE and "recovered" in wanted:
        return Announce("recovered", green)
    if verdict == "green-after-fix" and verdict in wanted:
        return Announce("fixed", green)
    if before is not None and before.state == "green":
        return Keep("it was green before", before)
    if "green" in wanted:
        return Announce("green", green)
    # Trouble is over, whether that is told or not: the next is new.
    return Keep(f"nothing is told of {verdict}", green if before is not None else None)


def _of_trouble(wanted: frozenset[str], verdict: str, before: Announced | None, now: float) -> Decision:
    if verdict not in wanted:
        return Keep(f"nothing is told of {verdict}", before)
    if before is None or before.state != verdict:
        return Announce("first", Announced(verdict, now, now))
    due = before.told + REMINDERS_S[min(before.times, len(REMINDERS_S)) - 1]
    # Told in the future: the clock was wrong then or is now, and silence for years would be the worse mistake.
    if now >= due or now < before.told:
        return Announce("still", _told_again(before, verdict, now))
    return Keep(f"it is {verdict} still, and that was told", before, due)


def _told_again(before: Announced | None, verdict: str, now: float) -> Announced:
    state = "green" if verdict in _GREEN else verdict
    if before is None or before.state != state:
        return Announced(state, now, now)
    return before._replace(told=now, times=before.times + 1)
