"""Owns reading the command line of `gatekeeper guard`: that of timeout(1), as getopt_long(3) takes it apart.

Decides what is asked for or why it cannot be; prints nothing and starts nothing. Reads it itself, because importing
argparse would take longer than all the rest of the command's start.
"""

from __future__ import annotations

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.duration_text import seconds_of
from gatekeeper.policy.signal_text import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_TERMINATE = 15


class GuardLine(NamedTuple):
    """What is to be run and how it is to end. Seconds; for `duration_s` and `kill_after_s`, 0 is no limit.

    `signal` is what the command gets when its time is over. With `foreground`, signals go to the command alone, and
    it stays in the process group that we were started in.
    """

    duration_s: float
    command: tuple[str, ...]
    foreground: bool = False
    kill_after_s: float = 0.0
    preserve_status: bool = False
    signal: int = _TERMINATE
    verbose: bool = False


class HelpAsked(NamedTuple):
    """Somebody wants to know how it is used."""


class VersionAsked(NamedTuple):
    """Somebody wants to know which version this is."""


class Refused(NamedTuple):
    """The line means nothing; `why` says what is wrong with it."""

    why: str


class _Option(NamedTuple):
    field: str
    takes: str = ""


_LONG = {
    "foreground": _Option("foreground"),
    "help": _Option("help"),
    "kill-after": _Option("kill_after_s", "duration"),
    "preserve-status": _Option("preserve_status"),
    "signal": _Option("signal", "signal"),
    "verbose": _Option("verbose"),
    "version": _Option("version"),
}
_SHORT = {"k": _LONG["kill-after"], "s": _LONG["signal"], "v": _LONG["verbose"]}


def read(words: Sequence[str]) -> GuardLine | HelpAsked | VersionAsked | Refused:
    """What the words behind `gatekeeper guard` ask for."""
    try:
        options, rest = _options(words)
        if "help" in options:
            return HelpAsked()
        if "version" in options:
            return VersionAsked()
        if len(rest) < 2:
            return Refused("a DURATION and a COMMAND are needed, as in: 10s make test")
        return GuardLine(_value("duration", rest[0]), tuple(rest[1:]), **options)
    except _WrongError as wrong:
        return Refused(str(wrong))


def quoted(text: str) -> str:
    """A word of the command line, for a message: in quotes, and nothing in it that a terminal would obey."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return "'" + shown.replace("'", "\\'") + "'"


class _WrongError(Exception):
    pass


def _options(words: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """The options up to the first word that is none, and the words from there on. Asking for help ends it."""
    given: dict[str, Any] = {}
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] != "-" and not given.keys() & {"help", "version"}:
        word = rest.pop(0)
        if word == "--":
            break
        given |= _long(word[2:], rest) if word.startswith("--") else _cluster(word[1:], rest)
    return given, rest


def _long(word: str, rest: list[str]) -> dict[str, Any]:
    name, given, value = word.partition("=")
    found = [name] if name in _LONG else [one for one in _LONG if one.startswith(name)]
    if len(found) > 1:
        raise _WrongError(f"option '--{word}' is ambiguous; possibilities: " + " ".join(f"'--{one}'" for one in found))
    if not found:
        raise _WrongError(f"unrecognized option '--{word}'")
    option = _LONG[found[0]]
    if not option.takes:
        if given:
            raise _WrongError(f"option '--{found[0]}' doesn't allow an argument")
        return {option.field: True}
    if not given and not rest:
        raise _WrongError(f"option '--{found[0]}' requires an argument")
    return {option.field: _value(option.takes, value if given else rest.pop(0))}


def _cluster(letters: str, rest: list[str]) -> dict[str, Any]:
    """The options of ``-vk5``: what follows one that takes a value is its value, or else the next word is."""
    found: dict[str, Any] = {}
    for place, letter in enumerate(letters, 1):
        if letter not in _SHORT:
            raise _WrongError(f"invalid option -- {quoted(letter)}")
        option = _SHORT[letter]
        if not option.takes:
            found[option.field] = True
            continue
        if place == len(letters) and not rest:
            raise _WrongError(f"option requires an argument -- '{letter}'")
        found[option.field] = _value(option.takes, letters[place:] or rest.pop(0))
        break
    return found


def _value(kind: str, text: str) -> float | int:
    found = seconds_of(text) if kind == "duration" else number_of(text)
    if found is None:
        raise _WrongError(
            f"invalid time interval {quoted(text)}" if kind == "duration" else f"{quoted(text)}: invalid signal"
        )
    return found
