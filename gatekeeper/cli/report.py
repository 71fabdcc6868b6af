"""Owns the command `gatekeeper report`: a run as one HTML file that can be read anywhere."""

from __future__ import annotations

import argparse
import os
import stat
import sys
import tempfile
from contextlib import suppress
from urllib.parse import quote

from gatekeeper.adapters.journal.reading import read
from gatekeeper.adapters.reportpage.page import page
from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.look_back import PastRun, find_run
from gatekeeper.cli.page_reading import seen_of
from gatekeeper.model.errors import UsageError
from gatekeeper.policy.page.contents import contents_of
from gatekeeper.policy.page.picture import picture_of

NAME = "report.html"
"""What the page is called in the run's folder."""

_REFUSED = 1
_EPILOG = """\
The page holds everything it shows: it loads nothing, and can be sent, kept and read without a network. Of outputs it
has the beginning and the end, the files themselves lie in the run's folder. Secrets are masked.

exit codes:
  0  written
  1  it cannot be written there
  2  no such run
  3  its journal cannot be read

examples:
  gatekeeper report
  gatekeeper report backend-cycle -o report.html
  gatekeeper report 7f3a -o - > report.html
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Write the report page of a run: verdict, timeline, steps, tests, outputs, numbers, repos."
    parser.epilog = _EPILOG
    parser.add_argument(
        "run",
        nargs="?",
        default="latest",
        metavar="RUN",
        help="a run's id or an end of it, or a cycle (default: latest)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default="",
        help=f"where to write it, - for standard output (default: {NAME} in the run's folder)",
    )


def main(arguments: argparse.Namespace) -> int:
    """Write the page; returns the exit code. Raises `UsageError` and `JournalError`."""
    past = find_run(arguments.run)
    folder = os.path.realpath(past.folder.path)
    if arguments.output == "-":
        sys.stdout.buffer.write(page_of(past, f"file://{quote(os.fsencode(folder))}/").encode())
        return OK
    path = os.path.abspath(arguments.output or os.path.join(folder, NAME))
    # The way from the page to the run: both may be moved together.
    way = os.path.relpath(folder, os.path.dirname(os.path.realpath(path)))
    try:
        _write(path, page_of(past, "" if way == "." else f"{quote(os.fsencode(way))}/").encode())
    except OSError as fault:
        print(
            f"gatekeeper: {path} cannot be written: {fault.strerror or fault}; choose another with -o", file=sys.stderr
        )
        return _REFUSED
    print(f"wrote {path}")
    return OK


def page_of(past: PastRun, beside: str = "") -> str:
    """The page of a run as it stands now; `beside` is how its links to the run's folder begin."""
    picture = picture_of(read(past.folder.journal))
    return page(contents_of(past.record, past.started, past.folder.path, picture, seen_of(past), beside=beside))


def _write(path: str, content: bytes) -> None:
    """Put the page in its place in one instant, for its owner's eyes only. Raises `OSError` and `UsageError`."""
    path = os.path.realpath(path)
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UsageError(f"{path} is no ordinary file; give -o the name of one, or - for standard output")
    folder, name = os.path.split(path)
    descriptor, beside = tempfile.mkstemp(prefix=f".{name}.", dir=folder)  # with 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
