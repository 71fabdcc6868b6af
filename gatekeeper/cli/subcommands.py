"""Owns how a command declares commands of its own, all in one shape. Knows none of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeAlias

from gatekeeper.cli.help_format import HelpFormatter

Adding: TypeAlias = Callable[[str, str, str], argparse.ArgumentParser]
"""Declares one sub-command: its name, what it does in one line (lower case, no full stop), and its epilog."""


def subcommands(parser: argparse.ArgumentParser, *names: str) -> Adding:
    """Give `parser` sub-commands of these names, of which one is required; it is found as `arguments.doing`.

    Each is declared with what is returned, in the order in which the help is to list them.
    """
    doing = parser.add_subparsers(dest="doing", metavar="|".join(names), required=True)

    def add(name: str, line: str, epilog: str) -> argparse.ArgumentParser:
        return doing.add_parser(
            name,
            help=line,
            description=line[0].upper() + line[1:] + ".",
            epilog=epilog,
            formatter_class=HelpFormatter,
            allow_abbrev=False,
        )

    return add


def add_format(parser: argparse.ArgumentParser) -> None:
    """Declare ``--format human|json``."""
    parser.add_argument("--format", choices=("human", "json"), default="human", help="how to report (default human)")
