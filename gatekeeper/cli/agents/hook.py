"""Owns the command `gatekeeper agent-hook`: what coding agents' tools call when an agent begins, and wants to stop.

It never fails for the tool: what goes wrong on our side lets the agent go on, and says that nothing was judged.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from gatekeeper.cli.exit_codes import OK
from gatekeeper.policy.agents.protocol import PROTOCOLS, Allow, Answer, Said, greeted, said, understood
from gatekeeper.policy.agents.stopping import MOST_BLOCKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.cli.agents.stop import Wanted

WITHIN_S = 570.0
_EPILOG = """\
A tool calls it, with JSON on standard input; `gatekeeper agent install` tells the tool to. A tree that is known to be
green lets the agent stop at once and says nothing. Else the cycle is run, and what is not green keeps the agent going,
once for a tree and its verdict: with what failed first and why, what failed before its session, the brief, and the
command to repeat it. Then it is let go, and the person is told what the tree is.

exit codes:
  0  answered, in the protocol's own form (also: nothing could be judged,
     which is said)
  1  wrong usage: to every tool 2 would mean that its agent has to go on
  2  generic only: go on, for the reason on standard error

examples:
  gatekeeper agent-hook stop --cycle backend-cycle < input.json
  gatekeeper agent-hook stop --known-only                    never runs anything
  echo '{"session_id": "s1"}' | gatekeeper agent-hook stop --protocol generic
"""


_WRONG_USAGE = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Answer a coding agent that wants to stop, by what its tree comes to."
    parser.epilog = _EPILOG
    parser.add_argument("event", choices=("stop", "session-start"), help="what the tool tells")
    parser.add_argument("--protocol", choices=PROTOCOLS, default="claude", help="whose words (default claude)")
    parser.add_argument("--cycle", metavar="CYCLE", help="the cycle that judges (default: the only one)")
    parser.add_argument(
        "--within", type=_duration, default=WITHIN_S, metavar="TIME", help="how long a run may take (default 9m30s)"
    )
    parser.add_argument("--known-only", action="store_true", help="ask what is known, and run nothing")
    parser.add_argument(
        "--blocks", type=_count, default=MOST_BLOCKS, metavar="N", help=f"in one session (default {MOST_BLOCKS})"
    )


def main(words: Sequence[str]) -> int:
    """Answer; returns the exit code, and raises nothing."""
    try:
        from gatekeeper.cli.main import parser_of

        arguments = parser_of("agent-hook").parse_args(words)
    except SystemExit as leaving:
        return _WRONG_USAGE if leaving.code else OK
    from gatekeeper.cli.agents.stop import Wanted

    wanted = Wanted(arguments.protocol, arguments.cycle, arguments.within, arguments.known_only, arguments.blocks)
    try:
        spoken = _stop(wanted) if arguments.event == "stop" else _start(wanted)
    except Exception as fault:  # noqa: BLE001 - a bug of ours must not end somebody's session, and is not a green
        spoken = said(arguments.protocol, Allow(_bug(fault)))
    print(spoken.err, end="", file=sys.stderr)
    print(spoken.out, end="")
    return spoken.code


def _stop(wanted: Wanted) -> Said:
    from gatekeeper.cli.agents.input import read_input
    from gatekeeper.cli.agents.judging import CutOffError
    from gatekeeper.cli.agents.stop import answer_stop

    asked = understood(wanted.protocol, read_input())
    answer: Answer
    if isinstance(asked, str):
        answer = Allow(f"gatekeeper: not judged: {asked}, as an agent's tool would not write it")
    else:
        try:
            answer = answer_stop(wanted, asked)
        except CutOffError:
            answer = Allow("gatekeeper: not judged: the hook was told to end, and has ended its run")
    return said(wanted.protocol, answer)


def _start(wanted: Wanted) -> Said:
    from gatekeeper.cli.agents.input import read_input
    from gatekeeper.cli.agents.stop import answer_start
    from gatekeeper.model.errors import UsageError

    asked = understood(wanted.protocol, read_input())
    if isinstance(asked, str):
        return Said(err=f"gatekeeper: the session's beginning was not taken down: {asked}\n")
    try:
        return greeted(wanted.protocol, answer_start(wanted, asked))
    except (UsageError, OSError) as fault:
        return Said(err=f"gatekeeper: the session's beginning was not taken down: {fault}\n")


def _bug(fault: Exception) -> str:
    from gatekeeper.cli.diagnostics import record_bug
    from gatekeeper.engine.faults import of_the_machine
    from gatekeeper.model.errors import GatekeeperError

    known = of_the_machine(fault)
    if isinstance(known, GatekeeperError):
        return f"gatekeeper: not judged: {known}"
    return f"gatekeeper: not judged, for a bug of gatekeeper's own: {fault!r}; {record_bug(fault)}"


def _duration(text: str) -> float:
    from gatekeeper.adapters.definition.units import instead_of_duration, parse_duration

    found = parse_duration(text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration: {instead_of_duration(text)}")
    return found


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)
