"""Owns the command `gatekeeper verdict`: whether a tree is green already, from what is kept. Runs nothing."""

from __future__ import annotations

import argparse
import json
import os

from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.project import cycles, require_root
from gatekeeper.model.errors import EnvironmentFault, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.cli.judged_trees import Answer

_RED, _UNKNOWN, _FLAKY = 1, 3, 4
_EPILOG = """\
A verdict belongs to a tree: to what the repos of the cycle hold, to the definition, and to the programs, installed
dependencies and values that the steps work with. It holds for the time that the definition's `reuse:` says (7 days).

exit codes:
  0   green
  1   red
  3   never judged, inconclusive, or too old
  4   flaky
  2   wrong usage
  78  wrong definition

Of several cycles it is the first of 1, 4, 3, 0 that one of them has.

examples:
  gatekeeper verdict                       the working tree as it is
  gatekeeper verdict HEAD --cycle backend-cycle
  gatekeeper verdict origin/main --format json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Tell whether a tree is green already, from the runs that there were. Runs nothing."
    parser.epilog = _EPILOG
    parser.add_argument("rev", nargs="?", default="", metavar="REV", help="a commit (default: the working tree)")
    parser.add_argument("--cycle", action="append", default=[], metavar="CYCLE", help="just this one; repeatable")
    parser.add_argument("--judge-by", default="", metavar="REF", help="by the definition at REF instead of the tree's")
    parser.add_argument("--format", choices=("human", "json"), default="human", help="how to report (default human)")


def main(arguments: argparse.Namespace) -> int:
    """Ask and tell. Raises the errors of `gatekeeper.model.errors`."""
    from gatekeeper.adapters.repos.at_ref import CannotRead
    from gatekeeper.cli.judged_trees import Question, ask_verdict
    from gatekeeper.engine.clock import SystemClock

    root = require_root(os.getcwd())
    names = tuple(dict.fromkeys(arguments.cycle)) or cycles(root)
    if not names:
        raise UsageError("gates/ holds no definition, so nothing is judged here")
    now = SystemClock().now()
    try:
        answers = [ask_verdict(Question(root, name, arguments.rev, arguments.judge_by), now) for name in names]
    except CannotRead as fault:
        raise EnvironmentFault(str(fault)) from None
    if arguments.format == "json":
        print(json.dumps({"rev": arguments.rev, "cycles": [as_json(each) for each in answers]}, indent=2))
    else:
        _tell(answers)
    codes = {code_of_answer(each) for each in answers}
    return next(code for code in (_RED, _FLAKY, _UNKNOWN, OK) if code in codes)


def code_of_answer(answer: Answer) -> int:
    """The exit code that says it."""
    from gatekeeper.policy.tree_verdicts import Flaky, Green, Red, Unknown

    match answer.standing:
        case Green():
            return OK
        case Red():
            return _RED
        case Flaky():
            return _FLAKY
        case Unknown():
            return _UNKNOWN


def word_of(answer: Answer) -> str:
    """The answer in one word: green, red, flaky, unknown."""
    return type(answer.standing).__name__.lower()


def as_json(answer: Answer) -> dict[str, object]:
    """The answer for programs; `run` and `time` are null where no run is known."""
    from gatekeeper.policy.tree_verdicts import Unknown

    state = answer.standing
    found = state.found
    return {
        "cycle": answer.cycle,
        "commit": answer.commit or None,
        "answer": word_of(answer),
        "exit_code": code_of_answer(answer),
        "verdict": found.verdict if found else None,
        "run": found.run if found else None,
        "time": found.time if found else None,
        "why": state.why if isinstance(state, Unknown) else None,
    }


def _tell(answers: list[Answer]) -> None:
    from gatekeeper.cli.ink import Ink
    from gatekeeper.policy.tree_verdicts import Flaky, Green, Red, Unknown

    ink = Ink()
    width = max(len(each.cycle) for each in answers)
    for answer in answers:
        match answer.standing:
            case Green(found):
                colour, told = "green", f"{found.verdict}, by {found.run}"
            case Red(found):
                colour, told = "red", f"by {found.run}; to see why: gatekeeper show {found.run}"
            case Flaky(found):
                colour, told = "yellow", f"it failed and passed on this tree, in {found.run}"
            case Unknown(why):
                colour, told = "yellow", why
        ink.say(f"{ink.paint(f'{word_of(answer):<7}', colour)}  {answer.cycle:<{width}}  {told}")
    ink.done()
