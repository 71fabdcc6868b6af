"""Owns the command `gatekeeper log`: render a run's execution log again from its journal, or check that it fits."""

from __future__ import annotations

import argparse
import os
import sys

from gatekeeper.adapters.executionlog.merge import SECTIONS, new_document
from gatekeeper.adapters.executionlog.render import title
from gatekeeper.adapters.executionlog.starter import starter
from gatekeeper.adapters.executionlog.writer import ExecutionLogWriter, is_current, sections_of
from gatekeeper.cli.look_back import PastRun, find_run, is_about
from gatekeeper.model.errors import UsageError

_EPILOG = """\
The sections between gatekeeper's markers are written from the journal; everything else in the document stays as
it is, byte for byte. Where somebody edited inside the markers, the document is left alone and the text goes to
NAME.gatekeeper.md beside it.

exit codes:
  0  written, or as it should be
  1  refused, or (--check) not what the journal says
  2  no such run

examples:
  gatekeeper log backend-cycle
  gatekeeper log 7f3a --check
  gatekeeper log --template execution >gates/log/execution.md.j2
  gatekeeper log latest --try gates/log    what templates say, written nowhere
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Render the execution log of a cycle's newest run, or of any run, from its journal."
    parser.epilog = _EPILOG
    parser.add_argument("run", nargs="?", metavar="CYCLE|RUN", help="a cycle, a run's id or an end of it, or `latest`")
    parser.add_argument("--check", action="store_true", help="change nothing; tell whether the log fits the journal")
    parser.add_argument(
        "--template", metavar="SECTION", choices=SECTIONS, help=f"print a template to begin from: {', '.join(SECTIONS)}"
    )
    parser.add_argument(
        "--try", dest="folder", metavar="FOLDER", help="print the log as the templates in FOLDER have it; write nothing"
    )


def main(arguments: argparse.Namespace) -> int:
    """Write or check; returns the exit code. Raises `UsageError` and `JournalError`."""
    if arguments.template is not None:
        print(starter(arguments.template), end="")
        return 0
    if arguments.run is None:
        raise UsageError("of which run? Name a cycle or a run, or `latest`")
    past = find_run(arguments.run)
    if arguments.folder is not None:
        return _try(past, arguments.folder)
    path = past.started.log
    if not path:
        raise UsageError(f"the run {past.folder.run} was made without an execution log")
    if not arguments.check:
        return rewrite_log(past)
    if problem := is_current(past.record, path, f"; `gatekeeper log {past.folder.run}` writes it"):
        if os.access(path, os.R_OK) and not is_about(path, past.folder.run):
            problem = (
                f"it does not tell of this run; `gatekeeper log {past.folder.run}` puts it in place of what is told"
            )
        print(f"gatekeeper: {path}: {problem}", file=sys.stderr)
        return 1
    print(f"{path} is what the journal says")
    return 0


def _try(past: PastRun, folder: str) -> int:
    said = sections_of(past.record, os.path.abspath(folder))
    sys.stdout.write(new_document(title(past.record), said.sections).decode())
    for problem in said.problems:
        print(f"gatekeeper: the built-in text stands, because {problem}", file=sys.stderr)
    return 1 if said.problems else 0


def rewrite_log(past: PastRun) -> int:
    """Write the log of a run as its record stands; returns 0, or 1 where the document had to be left alone."""

    def refused(message: str) -> None:
        print(f"gatekeeper: {message}", file=sys.stderr)

    writer = ExecutionLogWriter(past.folder.run, past.started.log, past.state, refused, past.record)
    if writer.write():
        return 1
    print(f"wrote {past.started.log}")
    return 0
