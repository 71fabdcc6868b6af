"""Owns the rules on a pattern's regexes, and on the names that its texts ask for. Reads no YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.place import Place
from gatekeeper.model.pattern import Match, Pattern
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.patterns.filling import filled_command, names_in
from gatekeeper.policy.patterns.known import FACTS, HOLDER, PORT
from gatekeeper.policy.patterns.literals import SHORTEST, literals_of
from gatekeeper.policy.shell_text import UncertainPlace

_LONGEST_REGEX = 1000
_FLAGS = re.compile(r"(?<!\\)\(\?[aiLmsux-]+[:)]")
_LINE_END = re.compile(r"(?<!\\)(?:\\\\)*\\[nr]|\n")


def check_regex(regex: str, place: Place, mistakes: Mistakes) -> bool:
    """Whether `regex` can be looked for; notes what is wrong with it."""
    if len(regex) > _LONGEST_REGEX:
        mistakes.add(place, f"the regex is longer than {_LONGEST_REGEX} characters", "look for less")
        return False
    try:
        re.compile(regex)
    except (re.error, RecursionError, OverflowError) as wrong:
        at = getattr(wrong, "pos", None)
        where = f", at its character {at + 1}" if at is not None else ""
        mistakes.add(
            place, f"this is no regex: {getattr(wrong, 'msg', wrong)}{where}", "the syntax is that of Python's `re`"
        )
        return False
    if _FLAGS.search(regex):
        mistakes.add(place, "flags in a regex are not taken", "write out what may vary, as in [Aa]ddress")
        return False
    if _LINE_END.search(regex):
        hint = "each line is looked at by itself: name the other line's regex under `all:`"
        mistakes.add(place, "a regex that asks for the end of a line in its midst never matches", hint)
        return False
    if not literals_of(regex):
        hint = "without it every line of the output would have to be tried"
        mistakes.add(place, f"the regex has no {SHORTEST} plain characters in a row that every match holds", hint)
        return False
    return True


def check_names(pattern: Pattern, mistakes: Mistakes) -> None:
    """Note names that a text asks for and that are not captured, or by some way of matching only.

    That much is enough for the dependency and the mitigation, without which a pattern is still one.
    """
    captured = [names for match in pattern.matches for names in _captured(match)]
    always = set.intersection(*captured) if captured else set()
    names = _Names(
        {renamed.name: renamed.source for renamed in pattern.names} | {HOLDER: PORT},
        frozenset({*always, *FACTS}),
        frozenset({*FACTS}.union(*captured)),
    )
    for renamed in pattern.names:
        _check_name(renamed.source, ("names", renamed.name, "from"), names._replace(always=names.ever), mistakes)
    for place, text, must_have in _texts(pattern):
        for name, has_words in names_in(text):
            enough = names if must_have and not has_words else names._replace(always=names.ever)
            _check_name(name, place, enough, mistakes)
    if pattern.mitigation is not None:
        _check_quoting(pattern.mitigation.run, mistakes)


class _Names(NamedTuple):
    """What names stand for, and which of those are captured always, and ever."""

    sources: Mapping[str, str]
    always: frozenset[str]
    ever: frozenset[str]


def _texts(pattern: Pattern) -> Iterator[tuple[Place, str, bool]]:
    yield ("root_cause",), pattern.root_cause, True
    yield ("suggestion",), pattern.suggestion, True
    yield ("dependency",), pattern.dependency, False
    if pattern.mitigation is not None:
        yield ("mitigation", "run"), pattern.mitigation.run, False


def _check_name(name: str, place: Place, names: _Names, mistakes: Mistakes) -> None:
    source = names.sources.get(name, name)
    if source in names.always:
        return
    if source in names.ever:
        hint = f"capture it in every regex of `any:`, or write {{{name}|some words}}"
        mistakes.add(place, f"`{name}` is not captured by every way to match", hint)
        return
    guess = mistakes.guess(name, sorted({*names.ever, *names.sources} - {HOLDER}))
    mistakes.add(place, f"nothing captures `{name}`", guess)


def _check_quoting(script: str, mistakes: Mistakes) -> None:
    try:
        filled_command(script, dict.fromkeys((name for name, _ in names_in(script)), "it's"))
    except UncertainPlace:
        message = "a captured value stands where it cannot be quoted for the shell for certain"
        hint = "let it stand in the open or between quotes, in no here-document, arithmetic or backticks"
        mistakes.add(("mitigation", "run"), message, hint)


def _captured(match: Match) -> Iterator[set[str]]:
    """The names that have a value, for each way in which `match` can hold, as far as a regex tells."""
    always = set[str]().union(*(re.compile(regex).groupindex for regex in match.text.all))
    for regex in match.text.any or ("",):
        yield always.union(re.compile(regex).groupindex)
