"""Owns the command `gatekeeper guard`: timeout(1)'s command line, with nothing of the command left when it returns."""

from __future__ import annotations

import os
import sys

from gatekeeper.policy.guard_line import GuardLine, HelpAsked, Refused, VersionAsked, read
from gatekeeper.policy.timeout_rules import FAILED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable, Sequence

_HELP = """\
usage: {program} [OPTION...] DURATION COMMAND [ARG...]

Run COMMAND, and end it if it is still running after DURATION. When it has
ended, whichever way, end everything that it started and left: nothing of it
is alive on return.

options:
  -k, --kill-after=DURATION  send KILL too, if it is still running this long
                             after the first signal
  -s, --signal=SIGNAL        what to send when the time is over, by name or
                             number; TERM unless given
  -v, --verbose              say on the standard error what is sent, and what
                             was left and had to be ended
      --foreground           leave COMMAND in our process group, so that it can
                             use the terminal, and signal it alone
      --preserve-status      exit as COMMAND did even when its time was over
      --help                 show this text
      --version              show the version

DURATION is a number, fractions allowed, of seconds (s, the default),
minutes (m), hours (h) or days (d); 0 is no limit. Without --kill-after,
a COMMAND that does not heed SIGNAL is waited for.

exit status:
  124  the time was over
  125  {program} itself failed
  126  COMMAND is there, but cannot be run
  127  there is no COMMAND
  137  COMMAND was sent KILL
  and else that of COMMAND; when a signal ended it, {program}
  dies of that signal too

example:
  {program} -k 10s 5m make test
"""


def configure(parser: ArgumentParser) -> None:
    """Declare what `main` reads by itself, for those who tell of it: completion and manual."""
    head, _, rest = _HELP.format(program="gatekeeper guard").partition("options:\n")
    parser.usage = head.splitlines()[0].removeprefix("usage: ")
    parser.description = head.partition("\n\n")[2].strip()
    parser.epilog = rest.partition("\n\n")[2]
    parser.add_argument(
        "-k",
        "--kill-after",
        metavar="DURATION",
        help="send KILL too, if it is still running this long after the first signal",
    )
    parser.add_argument(
        "-s", "--signal", metavar="SIGNAL", help="what to send when the time is over; TERM unless given"
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="say on standard error what is sent and what was left"
    )
    parser.add_argument(
        "--foreground", action="store_true", help="leave COMMAND in our process group, and signal it alone"
    )
    parser.add_argument(
        "--preserve-status", action="store_true", help="exit as COMMAND did even when its time was over"
    )
    parser.add_argument("--version", action="store_true", help="show the version")
    parser.add_argument("duration", metavar="DURATION", help="as in 10s, 5m, 1.5h, 1d; 0 is no limit")
    parser.add_argument("command", nargs="...", metavar="COMMAND", help="what to run, with its arguments")


def main(words: Sequence[str]) -> int:
    """Do what a command line asks for; its exit code."""
    program = _program()

    def say(text: str) -> None:
        _write(f"{program}: {text}\n")

    match read(words):
        case HelpAsked():
            return _tell(_HELP.format(program=program), say)
        case VersionAsked():
            from gatekeeper import __version__

            return _tell(f"{program} (gatekeeper) {__version__}\n", say)
        case Refused(why):
            say(why)
            _write(f"Try '{program} --help' for more information.\n")
            return FAILED
        case GuardLine() as line:
            from gatekeeper.adapters.guard.oneshot.front import run

            try:
                return run(line, say)
            except OSError as refused:
                say(f"this machine refuses: {refused.strerror}")
                return FAILED


def _program() -> str:
    """What we were called; a link may have given us another name."""
    name = os.path.basename(sys.argv[0])
    return "gatekeeper guard" if name in ("gatekeeper", "__main__.py") else name


def _tell(text: str, say: Callable[[str], None]) -> int:
    """Write to the standard output; the exit code."""
    rest = text.encode()
    try:
        while rest:
            rest = rest[os.write(1, rest) :]
    except BrokenPipeError:
        raise
    except OSError as refused:
        say(f"write error: {refused.strerror}")
        return FAILED
    return 0


def _write(text: str) -> None:
    try:
        os.write(2, os.fsencode(text))
    except OSError:
        # Nobody listens; what was to be done is done all the same.
        return
