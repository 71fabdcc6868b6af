"""Owns collecting what is wrong in one definition, each with its place. Decides nothing about what is wrong."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.adapters.definition.document import Document
from gatekeeper.adapters.definition.nearest import did_you_mean
from gatekeeper.adapters.definition.place import Place, dotted, in_file
from gatekeeper.model.errors import DefinitionError, Problem

# Comparing names is slow, and who made two hundred mistakes is not helped by the two hundred and first guess.
_MOST_GUESSES = 200


class Mistakes:
    """The problems of one definition, in the order in which they are found."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._guesses = 0
        self.problems: list[Problem] = list(document.problems)

    def add(self, place: Place, message: str, hint: str = "", *, at_key: bool = False, line_of_text: int = 0) -> None:
        """Note a problem with the value at `place`, with its key, or with a later line of it (from 0)."""
        place = in_file(place, self._document.data)
        line, column = self._document.position(place, at_key=at_key)
        if line_of_text:
            line, column = self._document.block_line(place, line_of_text)
        self.problems.append(Problem(self._document.file, line, column, dotted(place), message, hint))

    def guess(self, name: str, known: Iterable[str], *, what: str = "") -> str:
        """A "did you mean" hint; silent after very many."""
        self._guesses += 1
        return did_you_mean(name, known, what=what) if self._guesses <= _MOST_GUESSES else ""

    def line(self, place: Place) -> int:
        """The line, from 1, of the key at `place`."""
        return self._document.position(place, at_key=True)[0]

    def raise_if_any(self) -> None:
        """Raise `DefinitionError` with everything that was noted, in the order of the file."""
        if self.problems:
            unique = dict.fromkeys(self.problems)
            raise DefinitionError(tuple(sorted(unique, key=lambda problem: (problem.line, problem.column))))
