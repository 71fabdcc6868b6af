"""Owns placing values into a shell script, so that they stay values wherever they stand. Knows no reference.

What quotes a value depends on where it stands: between single quotes, between double quotes, in the open, in a
comment. A reader that follows bash's quoting tells which. Where it cannot tell for certain (here-documents,
arithmetic, backticks …), a value with special characters is refused: that a wrong guess would run it as code is
worse than asking the author to hand it over through ``env:``.
"""

from __future__ import annotations

import re
import shlex
from enum import Enum, auto

# Means the same between any quotes and in the open. `=` could make an assignment, `,` a brace expansion.
_PLAIN = re.compile(r"[A-Za-z0-9_@%+:./-]+")
_RESERVED = frozenset(
    "case coproc do done elif else esac fi for function if in select then time until while".split()  # noqa: SIM905
)
# Expansions that can be passed over as a whole, because nothing in them begins or ends a quote.
_WHOLE = re.compile(r"\$\{[^{}'\"`\\$]*\}|\$\(\([^'\"`\\()]*\)\)")
_CASE = re.compile(r"case(?![A-Za-z0-9_-])")
_UNCERTAIN = ("`", "$'", "$[", "${", "$((", "((")
_BREAKS = " \t\n;&|()<>"
_IN_DOUBLE_QUOTES = str.maketrans({character: f"\\{character}" for character in '\\"$`'})


class UncertainPlace(ValueError):
    """A value stands where no quoting is known to hold it."""


class _Place(Enum):
    OPEN = auto()
    SINGLE = auto()
    DOUBLE = auto()
    COMMENT = auto()
    UNCERTAIN = auto()


class ShellText:
    """A script as it is read from left to right: `read` takes the author's text, `place` a value in the midst of it."""

    def __init__(self) -> None:
        self._places = [_Place.OPEN]
        self._before = "\n"
        self._escaped = False

    def place(self, value: str, following: str) -> str:
        """`value`, quoted for where it stands; `following` is the author's text after it. Raises `UncertainPlace`."""
        plain = _PLAIN.fullmatch(value) is not None
        where = _Place.UNCERTAIN if self._escaped else self._places[-1]
        glued = self._before.isalpha() or following[:1].isalpha()
        self._before, self._escaped = "x", False
        match where:
            case _Place.UNCERTAIN if plain:
                return value
            case _Place.UNCERTAIN:
                raise UncertainPlace(value)
            case _Place.OPEN:
                # `if` and its like are words of the shell, also when put together; a number before > names a file.
                word = value.isalpha() and (glued or value in _RESERVED)
                return value if plain and not word and not following.startswith(("<", ">")) else _single_quoted(value)
            case _Place.SINGLE:
                return value.replace("'", "'\\''")
            case _Place.DOUBLE:
                return value.translate(_IN_DOUBLE_QUOTES)
            case _Place.COMMENT:
                return value.replace("\n", " ")

    @property
    def in_the_open(self) -> bool:
        """Whether what stands here is code: between no quotes, in no comment, and certain."""
        return not self._escaped and self._places[-1] is _Place.OPEN

    def read(self, text: str) -> None:
        """Follow `text`, which the author wrote."""
        at = 0
        while at < len(text):
            at += self._step(text, at)

    def _step(self, text: str, at: int) -> int:
        character, where = text[at], self._places[-1]
        taken = 1
        match where:
            case _ if self._escaped:
                self._escaped = False
                # An escaped line end is nothing at all: what stood before it still stands before what follows.
                self._before = self._before if character == "\n" else "x"
                return 1
            case _Place.UNCERTAIN:
                return len(text)
            case _Place.SINGLE:
                if character == "'":
                    self._places.pop()
            case _Place.COMMENT:
                if character == "\n":
                    self._places.pop()
            case _Place.OPEN | _Place.DOUBLE:
                taken = self._step_in_code(text, at, is_open=where is _Place.OPEN)
        if not self._escaped:
            self._before = text[at + taken - 1]
        return taken

    def _step_in_code(self, text: str, at: int, *, is_open: bool) -> int:
        character = text[at]
        if character == "\\":
            self._escaped = True
        elif character == '"':
            self._places.append(_Place.DOUBLE) if is_open else self._places.pop()
        elif whole := _WHOLE.match(text, at):
            return whole.end() - at
        elif text.startswith("$(", at) and not text.startswith("$((", at):
            self._places.append(_Place.OPEN)
            return 2
        elif text.startswith("`" if not is_open else _UNCERTAIN, at) or text.startswith(("${", "$((", "$["), at):
            self._places.append(_Place.UNCERTAIN)
        elif is_open:
            return self._step_in_the_open(text, at)
        return 1

    def _step_in_the_open(self, text: str, at: int) -> int:
        character = text[at]
        word_begins = self._before in _BREAKS
        if character == "'":
            self._places.append(_Place.SINGLE)
        elif character == "#" and word_begins:
            # After a substitution's parenthesis it goes on with the word, after a subshell's it begins a comment.
            self._places.append(_Place.UNCERTAIN if self._before == ")" else _Place.COMMENT)
        elif text.startswith("<<<", at):
            return 3
        elif text.startswith("<<", at):
            self._places.append(_Place.UNCERTAIN)
        elif character == "(":
            self._places.append(_Place.OPEN)
        elif character == ")" and len(self._places) > 1:
            self._places.pop()
        elif word_begins and len(self._places) > 1 and _CASE.match(text, at):
            # Its patterns end in a parenthesis that was never opened.
            self._places.append(_Place.UNCERTAIN)
        return 1


def _single_quoted(value: str) -> str:
    quoted = shlex.quote(value)
    return quoted if quoted.startswith("'") else f"'{quoted}'"
