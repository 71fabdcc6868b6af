"""Owns looking for what a pattern wants in lines of output. Imports little, for it runs in a process of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from gatekeeper.model.pattern import Texts
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.patterns.literals import literals_of


class Seen(NamedTuple):
    """What was found: the line that told, and what was captured in it and in others."""

    line: str = ""
    captures: tuple[tuple[str, str], ...] = ()


def possible(texts: Texts, content: str) -> bool:
    """Whether the literals that `look` needs stand in `content`, all lines in one."""

    def stands(regex: str) -> bool:
        literals = literals_of(regex)
        return not literals or any(literal in content for literal in literals)

    return (not texts.any or any(map(stands, texts.any))) and all(map(stands, texts.all))


def look(texts: Texts, lines: Sequence[str]) -> Seen | None:
    """Where `lines` hold what is wanted, or None.

    Of `any`, the first line counts that one of them matches; it tells the line, and what it captures goes before what
    `all` do. Raises `re.error` for a regex that is none.
    """
    found: list[tuple[int, re.Match[str]]] = []
    if texts.any:
        first = min(_found(texts.any, lines), default=None, key=lambda each: each[0])
        if first is None:
            return None
        found.append(first)
    for regex in texts.all:
        each = next(_found((regex,), lines), None)
        if each is None:
            return None
        found.append(each)
    if next(_found(texts.none, lines), None) is not None:
        return None
    captures: dict[str, str] = {}
    for _, match in found:
        for name, value in match.groupdict().items():
            if value:
                captures.setdefault(name, value)
    return Seen(found[0][1].string if found else "", tuple(captures.items()))


def _found(regexes: Iterable[str], lines: Sequence[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """For every regex that matches some line, the first such line's number and the match."""
    for regex in regexes:
        literals = literals_of(regex)
        numbered = [
            number for number, line in enumerate(lines) if not literals or any(literal in line for literal in literals)
        ]
        if not numbered:
            continue
        pattern = re.compile(regex)
        for number in numbered:
            if (match := pattern.search(lines[number])) is not None:
                yield number, match
                break
