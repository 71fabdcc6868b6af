"""Owns taking values out of a mapping of a pattern file, and what is said where they are none. Knows no pattern."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.scalars import Number, Value, describe
from gatekeeper.adapters.definition.units import instead_of_duration, parse_duration

T = TypeVar("T", bound=str)
_WHOLE = re.compile(r"[0-9]{1,9}")


class Fields:
    """One mapping at its place. What is wrong is noted, and in its stead comes what harms nothing."""

    def __init__(self, value: Value, place: Place, mistakes: Mistakes, known: Iterable[str], hint: str = "") -> None:
        """Take `value` for a mapping of no other keys than `known`; `hint` shows how one is written."""
        self.place = place
        self.values: dict[str, Value] = {}
        self._mistakes = mistakes
        if not isinstance(value, dict):
            mistakes.add(place, f"a mapping (`key: value`) is wanted here, found {describe(value)}", hint)
            return
        known = tuple(known)
        for key, each in value.items():
            if key in known:
                self.values[key] = each
            else:
                guess = mistakes.guess(key, known)
                mistakes.add((*place, key), f"`{key}` is not a key that is known here", guess, at_key=True)

    def text(self, key: str, *, required: str = "") -> str:
        """The text of `key`; empty where there is none. What is `required` says how it is written."""
        if key not in self.values:
            if required:
                self._mistakes.add(self.place, f"the pattern has no `{key}`", required, at_key=True)
            return ""
        return self._text(self.values[key], (*self.place, key), required)

    def texts(self, key: str) -> tuple[tuple[Place, str], ...]:
        """The texts of a list, or the one that stands for it, each with its place."""
        found = ((place, self._text(value, place)) for place, value in self.items(key))
        return tuple((place, text) for place, text in found if text)

    def one_of(self, key: str, among: Iterable[T], *, required: str) -> T | None:
        """The one of `among` that `key` names."""
        text = self.text(key, required=required)
        return self._named(text, (*self.place, key), among) if text else None

    def some_of(self, key: str, among: Iterable[T]) -> tuple[T, ...]:
        """Those of `among` that a list names."""
        among = tuple(among)
        found = (self._named(text, place, among) for place, text in self.texts(key))
        return tuple(each for each in found if each is not None)

    def numbers(self, key: str, least: int, most: int) -> tuple[int, ...]:
        """The whole numbers of a list, or the one that stands for it."""
        found = []
        for place, value in self.items(key):
            if isinstance(value, Number) and _WHOLE.fullmatch(value) and least <= int(value) <= most:
                found.append(int(value))
            else:
                wanted = f"a whole number from {least} to {most} is wanted here"
                self._mistakes.add(place, f"{wanted}, found {describe(value)}")
        return tuple(found)

    def duration(self, key: str, default: float, most: float) -> float:
        """The seconds of a duration like ``30s``."""
        if key not in self.values:
            return default
        value = self.values[key]
        seconds = parse_duration(value) if isinstance(value, str) and not isinstance(value, Number) else None
        if seconds is not None and 0 < seconds <= most:
            return seconds
        hint = (
            instead_of_duration(value) if isinstance(value, str) and seconds is None else f"write {most:.0f}s or less"
        )
        self._mistakes.add((*self.place, key), f"a duration is wanted here, found {describe(value)}", hint)
        return default

    def items(self, key: str) -> tuple[tuple[Place, Value], ...]:
        """The values of a list with their places, or the one that stands for it; none where the key is not there."""
        if key not in self.values:
            return ()
        value, place = self.values[key], (*self.place, key)
        if not isinstance(value, list):
            return ((place, value),)
        if not value:
            self._mistakes.add(place, "at least one is wanted here, and there is none", "remove the key")
        return tuple(((*place, index), item) for index, item in enumerate(value))

    def _text(self, value: Value, place: Place, hint: str = "") -> str:
        if isinstance(value, str) and value.strip():
            return str(value).strip()
        self._mistakes.add(place, f"a text is wanted here, found {describe(value)}", hint)
        return ""

    def _named(self, text: str, place: Place, among: Iterable[T]) -> T | None:
        among = tuple(among)
        for each in among:
            if text == each:
                return each
        self._mistakes.add(place, f"{text!r} is none of those that are known", self._mistakes.guess(text, among))
        return None
