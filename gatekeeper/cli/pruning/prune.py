"""Owns the command `gatekeeper prune`: removing old runs and what is kept beside them, and saying what went."""

from __future__ import annotations

import argparse
import os
import re
import sys
from contextlib import closing

from gatekeeper.adapters.definition.units import instead_of_size, parse_duration, parse_size
from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.ink import Ink, count, printable
from gatekeeper.cli.project import require_root, state_folder
from gatekeeper.model.errors import UsageError
from gatekeeper.policy.pruning import PruneTerms, plan_prune

SOMETHING_STAYS = 1
_DAY_S = 86_400
_EPILOG = """\
Never removed: a run that goes on, the newest of each cycle, and those that a verdict which still holds, a proof or a
baseline names. What cannot be read, or belongs to another user, is left and told. With a run go the verdicts that
name it; what was compiled or measured and not used for as long as --keep goes too. Execution logs stay: they are
documents. Can be stopped at any moment, and while runs go on; the next one finishes.

exit codes:
  0   done
  1   something that should go could not be removed
  2   wrong usage
  75  another prune is at work

examples:
  gatekeeper prune --dry-run
  gatekeeper prune --keep 30d --keep-red 180d --max 5GiB
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Remove old runs, and what is kept beside them."
    parser.epilog = _EPILOG
    parser.add_argument("--keep", default="30d", metavar="AGE", help="how long green and aborted runs stay (30d)")
    parser.add_argument(
        "--keep-red", default="180d", metavar="AGE", help="how long red, flaky and inconclusive ones stay (180d)"
    )
    parser.add_argument("--max", metavar="SIZE", help="what all runs may take; the oldest go first, green before red")
    parser.add_argument("--dry-run", action="store_true", help="tell what would go, and remove nothing")


def main(arguments: argparse.Namespace) -> int:
    """Remove, and tell. Raises the errors of `gatekeeper.model.errors`."""
    from gatekeeper.adapters.pruning.removing import Remover
    from gatekeeper.cli.leftovers import open_runs, tidy
    from gatekeeper.cli.pruning.look import look, spare_files
    from gatekeeper.engine.clock import SystemClock

    root = require_root(os.getcwd())
    state = state_folder(root)
    keep_s = _age(arguments.keep, "--keep")
    terms = PruneTerms(keep_s, _age(arguments.keep_red, "--keep-red"), _size(arguments.max))
    if not os.path.isdir(os.path.join(state, "runs")):
        print(f"there are no runs in {state}")
        return OK
    for line in tidy(state, SystemClock().now):
        print(f"gatekeeper: {line}", file=sys.stderr)
    ink, stays, gone, freed = Ink(), list[str](), 0, 0
    with closing(Remover(state)) as remover:
        stays += () if arguments.dry_run else remover.finish_former()
        found = look(root, state)
        plan = plan_prune(found.runs, terms)
        for run, why in plan.going:
            name = os.path.basename(run.run)
            if not arguments.dry_run and (
                problem := remover.remove(run.run, lambda name=name: name not in open_runs(state))  # type: ignore[misc]
            ):
                stays.append(f"{run.run}: {problem}")
                continue
            gone, freed = gone + 1, freed + run.size
            ink.say(f"{name}  {run.verdict}  {_shown(run.size)}  {ink.paint(why, 'dim')}")
        going = frozenset(os.path.basename(run.run) for run, _ in plan.going)
        files = spare_files(state, going, keep_s)
        for path in files:
            stays += () if arguments.dry_run else _unlink(path)
    for line in (*found.left, *stays):
        ink.say(ink.paint(printable(line), "yellow"))
    if plan.over:
        ink.say(f"{_shown(plan.over)} stay above --max: all that is left is in use")
    verb = "would go" if arguments.dry_run else "removed"
    ink.say(f"{verb}: {count(gone, 'run')} ({_shown(freed)}), {count(len(files), 'kept file')}")
    ink.done()
    return SOMETHING_STAYS if stays else OK


def _unlink(path: str) -> tuple[str, ...]:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return ()
    except OSError as fault:
        return (f"{path}: it cannot be removed: {fault.strerror}",)
    return ()


def _shown(size: int) -> str:
    from gatekeeper.policy.number_words import size as shown

    return shown(size)


def _age(text: str, option: str) -> float:
    if found := re.fullmatch(r"(\d{1,6})d", text):
        return int(found[1]) * _DAY_S
    seconds = parse_duration(text)
    if seconds is None:
        raise UsageError(f"{option} {text!r} is no age; write it like 30d or 12h")
    return seconds


def _size(text: str | None) -> int | None:
    if text is None:
        return None
    found = parse_size(text)
    if found is None:
        raise UsageError(f"--max {text!r} is no size; {instead_of_size(text)}")
    return found
