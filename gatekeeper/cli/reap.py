"""Owns the command `gatekeeper reap`: finish what a killed gatekeeper left, and say what that was."""

from __future__ import annotations

import argparse
import os

from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.leftovers import tidy
from gatekeeper.cli.project import require_root, state_folder
from gatekeeper.engine.clock import SystemClock

_EPILOG = """\
Every `gatekeeper run` does this before it begins; the command is for when you don't want to run anything.

example:
  gatekeeper reap
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments (it has none)."""
    parser.description = "Finish what a killed gatekeeper left: processes, cgroups, runs without an end."
    parser.epilog = _EPILOG


def main(_arguments: argparse.Namespace) -> int:
    """Tidy up and print one line for each thing that was found."""
    found = tidy(state_folder(require_root(os.getcwd())), SystemClock().now)
    for line in found:
        print(line)
    if not found:
        print("nothing was left behind")
    return OK
