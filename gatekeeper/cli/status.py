"""Owns the command `gatekeeper status`: the execution logs of a folder as a table, and its index brought up to date."""

from __future__ import annotations

import argparse
import os
import re
import sys

from gatekeeper.adapters.executionlog.folder_index import NAME, Logs, logs_in, outdated, write_index
from gatekeeper.adapters.executionlog.known_logs import KnownLog
from gatekeeper.adapters.executionlog.text import one_line
from gatekeeper.adapters.journal.reading import load
from gatekeeper.adapters.journal.runs import list_runs
from gatekeeper.cli.ink import Ink, printable, widths
from gatekeeper.cli.look_back import close_dead
from gatekeeper.cli.nightly.missing import missing_runs
from gatekeeper.cli.project import find_root, require_root, state_folder
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.errors import JournalError, UsageError

_HEADINGS = ("STARTED", "VERDICT", "ROUNDS", "ID", "CYCLE", "LOG")
_LOOKED_AT = 20
_EPILOG = f"""\
{NAME} lies beside the logs. What stands between gatekeeper's markers in it is written anew; everything else stays
as it is, byte for byte. A log is a document with gatekeeper's sections in it, or one that calls itself an execution
log in its title or its name; of one that gatekeeper did not write, the title and the **Status:** line are listed.

exit codes:
  0  written, or as it should be
  1  refused, or (--check) not what the logs say
  2  no such folder, or no log in it

examples:
  gatekeeper status
  gatekeeper status ../plan/logs
  gatekeeper status --check
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = f"List the execution logs of a folder, newest first, and write them into its {NAME}."
    parser.epilog = _EPILOG
    parser.add_argument(
        "folder",
        nargs="?",
        metavar="FOLDER",
        help="where the logs lie (default: where the newest run's log does, else .gatekeeper/logs)",
    )
    parser.add_argument("--check", action="store_true", help="change nothing; tell whether the index fits the logs")


def main(arguments: argparse.Namespace) -> int:
    """List, and write or check; returns the exit code. Raises `UsageError`."""
    folder = _folder(arguments.folder)
    path = os.path.join(folder, NAME)
    try:
        logs = logs_in(folder)
    except OSError as fault:
        if arguments.folder is None and isinstance(fault, FileNotFoundError):
            raise UsageError(f"there is no execution log yet: {folder} is not there{_hint()}") from None
        raise UsageError(f"the folder {folder} cannot be listed: {fault.strerror}{_hint()}") from None
    if not logs.logs and not os.path.lexists(path):
        raise UsageError(
            f"there is no execution log in {folder}: no .md file calls itself one, in its title or its name{_hint()}"
        )
    _show(logs)
    if (root := find_root(os.getcwd())) is not None:
        for line in missing_runs(state_folder(root)):
            print(f"missing: {line}")
    refused = outdated(folder, logs) if arguments.check else write_index(folder, logs)
    if refused:
        print(f"gatekeeper: {path}: {refused}{'' if arguments.check else '; it was left as it is'}", file=sys.stderr)
        return 1
    print(f"\n{path} is what the logs say" if arguments.check else f"\nwrote {path}")
    return 0


def _folder(named: str | None) -> str:
    """The folder that is meant. The logs of runs whose process died are closed first, here as everywhere."""
    if named is not None:
        if (root := find_root(os.getcwd())) is not None:
            close_dead(state_folder(root), SystemClock().now)
        return named
    state = state_folder(require_root(os.getcwd()))
    close_dead(state, SystemClock().now)
    for run in list_runs(state)[:_LOOKED_AT]:
        try:
            started = load(run.path).started
        except JournalError:
            continue
        if started is not None and started.log:
            return os.path.dirname(started.log)
    return os.path.join(state, "logs")


def _hint() -> str:
    return "\n  a run writes one (gatekeeper run CYCLE); or name the folder: gatekeeper status FOLDER"


def _show(logs: Logs) -> None:
    ink = Ink()
    rows = [
        (
            log.started[:16],
            _verdict(log),
            log.rounds,
            log.id,
            one_line(log.cycle, 32),
            log.name,
        )
        for log in logs.logs
    ]
    table = [_HEADINGS, *(tuple(printable(text or "-") for text in row) for row in rows)]
    wide = widths(table, most=40)
    for number, row in enumerate(table):
        line = "  ".join(f"{text:<{width}}" for text, width in zip(row, wide, strict=True)).rstrip()
        ink.say(line if number else ink.paint(line, "bold"))
    if logs.more:
        ink.say(f"{logs.more:,} more documents were not looked at")
    ink.done()


def _verdict(log: KnownLog) -> str:
    """Without the sign, which is as wide as two letters and would push the columns apart."""
    return re.sub(r"^\W+(?=\w)", "", one_line(log.problem or log.status, 40))
