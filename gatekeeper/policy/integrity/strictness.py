"""Owns comparing what one test asserted with what it asserts now, once all that is the same was taken away."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.policy.integrity.change import Note
from gatekeeper.policy.integrity.facts import EMPTY, Assertion


def compare_assertions(test: str, gone: Iterable[Assertion], come: Iterable[Assertion]) -> list[Note]:
    """What is to be said of one test. Strict assertions are held against strict ones, so that order does not count."""
    olds = sorted((one for one in gone if one.rank > EMPTY), key=_strictness)
    news = sorted(come, key=_strictness)
    notes: list[Note] = []
    before, after = sum(one.weight for one in olds), sum(one.weight for one in news if one.rank > EMPTY)
    for old, new in zip(olds, news, strict=False):
        notes += _one(test, old, new)
    empty = any(note.rule == "empty-assertion" for note in notes)
    if after < before and not empty:
        words = (
            f"`{_short(olds[-1].text)}` and nothing in its place" if before - after == 1 else f"{before - after} less"
        )
        notes.append(Note("fewer-assertions", f"{test}: {words}"))
    elif after > before:
        notes.append(Note("more-assertions", f"{test} asserts {after - before} more"))
    return notes


def _one(test: str, old: Assertion, new: Assertion) -> list[Note]:
    change = f"{test}: `{_short(old.text)}` became `{_short(new.text)}`"
    if new.rank == EMPTY:
        return [Note("empty-assertion", change)]
    if new.rank < old.rank:
        return [Note("looser-assertion", change)]
    if new.rank > old.rank:
        return [Note("stricter-assertion", change)]
    if new.tolerance != old.tolerance:
        wider = (new.tolerance or 0.0) > (old.tolerance or 0.0)
        return [Note("looser-assertion" if wider else "stricter-assertion", change)]
    return [Note("changed-expectation", change)]


def _strictness(one: Assertion) -> tuple[int, str]:
    return (-one.rank, one.text)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:99]}…"
