"""Owns the command `gatekeeper baseline`: what runs are compared with, and taking results into it."""

from __future__ import annotations

import argparse

from gatekeeper.cli.subcommands import add_format, subcommands

_SHOW_EPILOG = """\
examples:
  gatekeeper baseline show backend-cycle
  gatekeeper baseline show backend-cycle --step suite/npm-test --all
  gatekeeper baseline show backend-cycle --format json
"""
_ACCEPT_EPILOG = """\
Without --only everything is taken that makes the baseline stronger: tests that pass now, better numbers. What would
make it weaker is listed and stays as it is, until it is named: --only ID, once for each. A first baseline has every
test that passed; those that did not are named too, or all taken with --initial.

exit codes:
  0   done
  1   refused, and nothing was written
  2   wrong usage
  78  the definition is wrong

examples:
  gatekeeper baseline accept backend-cycle --reason "the first"
  gatekeeper baseline accept backend-cycle --step suite/npm-test \\
      --only tests/pay.test.js::refund --reason "known: #42"
  gatekeeper baseline accept backend-cycle --only coverage.lines \\
      --reason "the generated client is not tested"
"""
_EPILOG = """\
examples:
  gatekeeper baseline show backend-cycle
  gatekeeper baseline accept backend-cycle --reason "the first"

Each has more to say: gatekeeper baseline show --help, gatekeeper baseline accept --help
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "What runs are compared with: recorded test results, coverage and numbers of each step."
    parser.epilog = _EPILOG
    declare = subcommands(parser, "show", "accept")

    def add(name: str, line: str, epilog: str) -> argparse.ArgumentParser:
        inner = declare(name, line, epilog)
        inner.add_argument("cycle", metavar="CYCLE", help="name of a definition in gates/")
        inner.add_argument(
            "--step", action="append", default=[], metavar="GATE[/STEP]", help="only this; repeatable (default: all)"
        )
        return inner

    show = add("show", "show what is recorded, and what the newest run said beside it", _SHOW_EPILOG)
    show.add_argument("--all", action="store_true", help="every test with its id, not only those that did not pass")
    add_format(show)
    accept = add("accept", "take the newest finished run's results into the baseline", _ACCEPT_EPILOG)
    accept.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="ID",
        help="only this, also if it makes the baseline weaker: a test's id, coverage.lines, metric:NAME; repeatable",
    )
    accept.add_argument("--initial", action="store_true", help="for a first baseline: also all that did not pass")
    accept.add_argument("--reason", required=True, metavar="TEXT", help="why, for those who review it")
    accept.add_argument("--by", default="", metavar="NAME", help="who does (default: git's user.name and user.email)")


def main(arguments: argparse.Namespace) -> int:
    """Show or accept; returns the exit code. Raises the errors of `gatekeeper.model.errors`."""
    if arguments.doing == "show":
        from gatekeeper.cli.baselines.show import show

        return show(arguments)
    from gatekeeper.cli.baselines.accept import accept

    return accept(arguments)
