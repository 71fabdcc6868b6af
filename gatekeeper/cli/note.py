"""Owns the command `gatekeeper note`: add what was learned to a run, as an event, and to its execution log."""

from __future__ import annotations

import argparse
import os
import sys

from gatekeeper.adapters.journal.writer import JournalWriter
from gatekeeper.cli.log import rewrite_log
from gatekeeper.cli.look_back import find_run
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.errors import JournalError, LockHeld, UsageError
from gatekeeper.model.events import NoteAdded
from gatekeeper.policy.masking import Masker

_EPILOG = """\
exit codes:
  0 added     1 refused (the run is still going on, or its journal takes no more)     2 no such run

example:
  gatekeeper note backend-cycle --domain Authentication \\
    --problem "duplicate signup answers 500" \\
    --root-cause "the unique index raises and nobody catches it" \\
    --solution "catch IntegrityError in signup() and answer 409" \\
    --nugget "every constraint of the database is an answer of the API"
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Add Problem → Root cause → Solution → Gold nugget to a run."
    parser.epilog = _EPILOG
    parser.add_argument("run", metavar="RUN", help="a run's id or an end of it, a cycle for its newest, or `latest`")
    parser.add_argument("--problem", required=True, metavar="TEXT", help="what was wrong, in one sentence")
    parser.add_argument("--root-cause", required=True, metavar="TEXT", help="why it was so")
    parser.add_argument("--solution", required=True, metavar="TEXT", help="what was done about it")
    parser.add_argument("--nugget", required=True, metavar="TEXT", help="what to remember")
    parser.add_argument("--domain", default="", metavar="TEXT", help="what it belongs to, for grouping")


def main(arguments: argparse.Namespace) -> int:
    """Append the note and render the log again; returns the exit code. Raises `UsageError`."""
    note = NoteAdded(arguments.problem, arguments.root_cause, arguments.solution, arguments.nugget, arguments.domain)
    empty = [name for name, text in zip(NoteAdded._fields[:4], note, strict=False) if not text.strip()]
    if empty:
        raise UsageError(f"a note says something about everything; empty: {', '.join(empty)}")
    past = find_run(arguments.run)
    masker = Masker(value for name in past.started.secrets if (value := os.environ.get(name)))
    try:
        with JournalWriter.reopen(past.folder.path, SystemClock().now, masker.mask) as journal:
            past.record.apply(journal.append(note, sync=True))
            if journal.repaired:
                past = find_run(past.folder.run)
    except (LockHeld, JournalError) as refused:
        print(f"gatekeeper: the note was not added: {refused}", file=sys.stderr)
        return 1
    print(f"added to {past.folder.run}")
    return rewrite_log(past) if past.started.log else 0
