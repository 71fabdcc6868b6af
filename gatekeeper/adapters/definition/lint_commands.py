"""Owns the rules of `gatekeeper check` on commands: they hide failures, ask, watch, leave something running."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from gatekeeper.adapters.definition.agent_habits import waits_for_a_person
from gatekeeper.adapters.definition.habits import asks, layers, serves, watches
from gatekeeper.adapters.definition.lint_found import Found, short
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.shell import Simple
from gatekeeper.adapters.definition.units import format_duration
from gatekeeper.model.plan import Step

_SWALLOWING = frozenset({("true",), (":",), ("exit", "0"), ("return", "0"), ("/bin/true",)})
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def of_commands(commands: tuple[Simple, ...], place: Place, step: Step) -> Iterator[Found]:
    """What each of the commands does that a step should not."""
    for index, command in enumerate(commands):
        words, line = command.words, command.line
        said = short(words)
        if words in _SWALLOWING and (command.before == "||" or (command.before == ";" and index == len(commands) - 1)):
            message = f"`{command.before} {said}` makes a failure look like a success"
            yield Found("swallowed-failure", place, line, message, "let it fail, or test for what may happen")
        if words[0] == "set" and _turns_errors_off(words[1:]):
            message = f"`{said}` lets the script go on after a failure, and pass"
            yield Found("errors-off", place, line, message, "write `if ! command; then …` where a failure is meant")
        seen = list(layers(words))
        if any(map(watches, seen)):
            message = f"`{said}` watches and never ends; the hard timeout would end it"
            yield Found("watch-mode", place, line, message, "run it once")
        yield from of_asking(command, place, terminal=step.tty)
        if step.keep is None and (any(map(serves, seen)) or _left_behind(command, commands[index + 1 :])):
            message = f"`{said}` starts something that stays, and the step's end would end it"
            yield Found("server-without-keep", place, line, message, "write `keep: NAME`, and `ready:` beside it")
        yield from _inner_timeout(words, place, line, step)


def of_asking(command: Simple, place: Place, *, terminal: bool) -> Iterator[Found]:
    """A command that would ask a person, or for a `terminal` where it has none."""
    for layer in layers(command.words):
        instead = asks(layer, terminal=terminal)
        instead = waits_for_a_person(layer) if instead is None else instead
        if instead is not None:
            message = f"`{short(command.words)}` asks a person, and nobody is there to answer"
            yield Found("asks", place, command.line, message, instead)
            return


def _turns_errors_off(words: tuple[str, ...]) -> bool:
    if any(re.fullmatch(r"\+[a-z]*e[a-z]*", word) for word in words):
        return True
    return any(
        first.startswith("+") and first.endswith("o") and second in {"errexit", "pipefail"}
        for first, second in pairwise(words)
    )


def _left_behind(command: Simple, following: tuple[Simple, ...]) -> bool:
    """Whether the command goes on in the background, with nothing after it that waits for it or ends it."""
    if command.after != "&":
        return False
    ends = {"wait", "kill", "pkill"}
    return not any(
        later.words[0] in ends or (later.words[0] == "trap" and "kill" in " ".join(later.words)) for later in following
    )


def _inner_timeout(words: tuple[str, ...], place: Place, line: int, step: Step) -> Iterator[Found]:
    for layer in layers(words):
        if layer[0] not in {"timeout", "gtimeout"}:
            continue
        durations = (re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smhd]?)", word) for word in layer[1:])
        options = {
            index + 2 for index, word in enumerate(layer[1:]) if word in {"-k", "-s", "--kill-after", "--signal"}
        }
        for index, found in enumerate(durations, 1):
            if found and index not in options:
                if float(found[1]) * _SECONDS[found[2]] >= step.timeout_s:
                    hard = format_duration(step.timeout_s)
                    message = f"`{short(layer)}` can't come before the hard timeout of {hard}"
                    hint = "remove it: the hard timeout is what ends the step"
                    yield Found("inner-timeout-beyond-hard", place, line, message, hint)
                break
