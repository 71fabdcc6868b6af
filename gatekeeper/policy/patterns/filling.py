"""Owns filling in what was captured: into sentences as it is, into commands quoted for the shell. Knows no pattern."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gatekeeper.policy.shell_text import ShellText

_TOKEN = re.compile(r"\{\{|\}\}|\{(?P<name>[a-z_][a-z0-9_]*)(?:\|(?P<words>[^{}]*))?\}")


class NotCaptured(LookupError):
    """A text asks for a name that has no value; its text is the name."""


def names_in(text: str) -> tuple[tuple[str, bool], ...]:
    """The names that `text` asks for, each with whether it says what to write where there is no value."""
    return tuple((found["name"], found["words"] is not None) for found in _TOKEN.finditer(text) if found["name"])


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with the values in it. Raises `NotCaptured`."""
    return _TOKEN.sub(lambda found: _value(found, values), text)


def filled_command(script: str, values: Mapping[str, str]) -> str:
    """The shell command with the values in it, each quoted for where it stands.

    Raises:
        NotCaptured: a name has no value.
        UncertainPlace: a value stands where no quoting is known to hold it.
    """
    made: list[str] = []
    at, text = 0, ShellText()
    for found in _TOKEN.finditer(script):
        authored = script[at : found.start()]
        at = found.end()
        value = _value(found, values)
        if found["name"]:
            text.read(authored)
            made += (authored, text.place(value, script[at:]))
        else:
            text.read(authored + value)
            made += (authored, value)
    return "".join(made) + script[at:]


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    name = found["name"]
    if name is None:
        return found[0][0]
    value = values.get(name) or found["words"]
    if value is None:
        raise NotCaptured(name)
    return value
