"""Owns the command `gatekeeper note`: add what was learned to a run, as an event, and to its execution log."""

from __future__ import annotations

import argparse
import os
import sys

from gatekeeper.adapters.journal.writer import JournalWriter
from gatekeeper.cli.log import rewrite_log
from gatekeeper.cli.look_back import find_run
from gatekeeper.cli.note_sources import read_notes, read_snippet
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.errors import JournalError, LockHeld, UsageError
from gatekeeper.model.events import NoteAdded
from gatekeeper.policy.masking import Masker

_EPILOG = """\
A note says Problem, Root cause, Solution and Gold nugget: with the options, or in a file of Markdown:

  Domain: Authentication
  ## Problem
  duplicate signup answers 500
  ## Root cause
  the unique index raises and nobody catches it
  ## Solution
  catch IntegrityError in signup() and answer 409
  ## Gold nugget
  every constraint of the database is an answer of the API

There, `**Problem:** text` and `- Problem: text` do, too, a problem and a root cause or a solution are enough, and
every further problem begins a further note.

exit codes:
  0  added
  1  refused (the run is still going on, or its journal takes no more)
  2  no such run, or nothing in the file that is a note

examples:
  gatekeeper note backend-cycle --domain Authentication \\
    --problem "duplicate signup answers 500" \\
    --root-cause "the unique index raises and nobody catches it" \\
    --solution "catch IntegrityError in signup() and answer 409" \\
    --nugget "every constraint of the database is an answer of the API" \\
    --file src/signup.py:10-20
  gatekeeper note latest --from NOTES.md
  my-notes | gatekeeper note latest --from -
"""

_OPTIONS = ("--problem", "--root-cause", "--solution", "--nugget")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Add Problem → Root cause → Solution → Gold nugget to a run."
    parser.epilog = _EPILOG
    parser.add_argument("run", metavar="RUN", help="a run's id or an end of it, a cycle for its newest, or `latest`")
    parser.add_argument("--problem", metavar="TEXT", help="what was wrong, in one sentence")
    parser.add_argument("--root-cause", metavar="TEXT", help="why it was so")
    parser.add_argument("--solution", metavar="TEXT", help="what was done about it")
    parser.add_argument("--nugget", metavar="TEXT", help="what to remember")
    parser.add_argument("--domain", default="", metavar="TEXT", help="what it belongs to, for grouping")
    parser.add_argument("--from", dest="source", metavar="FILE.md", help="take the notes from a file; - reads them")
    parser.add_argument(
        "--file", metavar="FILE[:FIRST-LAST]", help="lines of a file that show it, at most 60; kept in the log"
    )


def main(arguments: argparse.Namespace) -> int:
    """Append the notes and render the log again; returns the exit code. Raises `UsageError`."""
    notes = _notes(arguments)
    past = find_run(arguments.run)
    masker = Masker(value for name in past.started.secrets if (value := os.environ.get(name)))
    try:
        with JournalWriter.reopen(past.folder.path, SystemClock().now, masker.mask) as journal:
            for note in notes:
                past.record.apply(journal.append(note, sync=note is notes[-1]))
            if journal.repaired:
                past = find_run(past.folder.run)
    except (LockHeld, JournalError) as refused:
        later = "; add it when the run has ended" if isinstance(refused, LockHeld) else ""
        print(f"gatekeeper: the note was not added: {refused}{later}", file=sys.stderr)
        return 1
    print(f"{f'{len(notes)} notes ' if len(notes) > 1 else ''}added to {past.folder.run}")
    return rewrite_log(past) if past.started.log else 0


def _notes(arguments: argparse.Namespace) -> tuple[NoteAdded, ...]:
    """The notes that the command line gives, by its options or by a file."""
    said = (arguments.problem, arguments.root_cause, arguments.solution, arguments.nugget)
    if arguments.source is not None:
        if twice := [option for option, text in zip(_OPTIONS, said, strict=True) if text is not None]:
            raise UsageError(f"--from FILE says it all; leave out {', '.join(twice)}")
        notes = tuple(note._replace(domain=note.domain or arguments.domain) for note in read_notes(arguments.source))
    else:
        if missing := [option for option, text in zip(_OPTIONS, said, strict=True) if text is None]:
            raise UsageError(f"a note needs {', '.join(missing)}, or --from FILE.md, which says them")
        notes = (NoteAdded(*said, arguments.domain),)
        if empty := [name for name, text in zip(NoteAdded._fields[:4], said, strict=True) if not text.strip()]:
            raise UsageError(f"a note says something about everything; empty: {', '.join(empty)}")
    if arguments.file is None:
        return notes
    if len(notes) > 1:
        raise UsageError(f"--file belongs to one note, and {arguments.source} holds {len(notes)}; add them one by one")
    return (notes[0]._replace(snippet=read_snippet(arguments.file)),)
