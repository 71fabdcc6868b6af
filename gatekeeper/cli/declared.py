"""Owns what the commands declare to argparse, as records: for whoever tells of them. Runs no command."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from gatekeeper.cli.main import COMMANDS, parser_of
from gatekeeper.model.record import NamedTuple


class Argument(NamedTuple):
    """An option, or a place on the line where it has no `names`.

    `value` is what stands for its value in the help, empty where it takes none; `optional` is a value that may be
    left out, `many` what may be given more than once.
    """

    names: tuple[str, ...]
    value: str
    choices: tuple[str, ...]
    optional: bool
    many: bool
    help: str


class Declared(NamedTuple):
    """A command, or a command of a command: `words` are what is typed for it."""

    words: tuple[str, ...]
    line: str
    description: str
    epilog: str
    options: tuple[Argument, ...]
    places: tuple[Argument, ...]
    inner: tuple[Declared, ...]


def declared() -> tuple[Declared, ...]:
    """Every command, in the order of the help."""
    return tuple(_declared((name,), command.line, parser_of(name)) for name, command in COMMANDS.items())


def every(commands: tuple[Declared, ...]) -> Iterator[Declared]:
    """The commands, each followed by its own."""
    for command in commands:
        yield command
        yield from every(command.inner)


def _declared(words: tuple[str, ...], line: str, parser: argparse.ArgumentParser) -> Declared:
    options: list[Argument] = []
    places: list[Argument] = []
    inner: tuple[Declared, ...] = ()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            lines = {each.dest: each.help or "" for each in action._choices_actions}
            inner = tuple(_declared((*words, name), lines[name], each) for name, each in action.choices.items())
        elif action.help != argparse.SUPPRESS:
            (options if action.option_strings else places).append(_argument(action))
    return Declared(
        words,
        line,
        parser.description or "",
        parser.epilog or "",
        tuple(options),
        tuple(places),
        inner,
    )


def _argument(action: argparse.Action) -> Argument:
    choices = tuple(map(str, action.choices or ()))
    takes = action.nargs != 0
    metavar = action.metavar if isinstance(action.metavar, str) else "|".join(choices) or action.dest.upper()
    return Argument(
        names=tuple(action.option_strings),
        value=metavar if takes else "",
        choices=choices,
        optional=action.nargs in ("?", "*"),
        many=isinstance(action, argparse._AppendAction) or action.nargs in ("*", "+", "..."),
        help=action.help or "",
    )
