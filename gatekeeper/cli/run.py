"""Owns the command `gatekeeper run`: its options, and running the named cycles one after the other."""

from __future__ import annotations

import argparse
import os
import sys

from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.project import definition_path, find_root, require_root
from gatekeeper.cli.room import room_wanted
from gatekeeper.cli.run_request import RunRequest
from gatekeeper.model.errors import GatekeeperError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.cli.signals import Signals
    from gatekeeper.model.containment import Level

_EXAMPLES = """\
examples:
  gatekeeper run backend-cycle
  gatekeeper run backend-cycle --only negative-paths/signup --only smoke
  gatekeeper run backend-cycle --jobs 3 --rounds 1 --format json
  gatekeeper run backend-cycle --require-containment cgroup
  gatekeeper run backend-cycle --judge-by origin/main
  gatekeeper run backend-cycle --at HEAD  just what is committed, elsewhere
  gatekeeper run a b c --isolate --parallel 2    in worktrees, side by side
  gatekeeper run --resume                 go on with the newest, broken off
  gatekeeper run backend-cycle --watch --rounds 50
  gatekeeper run backend-cycle --quiet    for cron: silent where it is green

exit codes:
  0         green, green-after-fix, or flaky where the cycle allows it
  1         red
  2         wrong usage
  3         inconclusive; also: too little containment or room here, and
            nothing was started
  4         flaky
  5         nothing was selected to run
  75        locked
  78        wrong definition
  124       the run's own time is over
  130, 143  interrupted, terminated
  70        a bug of gatekeeper's
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Run a cycle until green, within its budget of rounds and time."
    parser.epilog = _EXAMPLES
    parser.add_argument("cycle", nargs="*", metavar="CYCLE", help="name of a definition in gates/")
    parser.add_argument("--file", metavar="PATH", help="a definition that lies elsewhere")
    parser.add_argument(
        "--only", action="append", default=[], metavar="GATE[/STEP]", help="just this, and what it needs; repeatable"
    )
    parser.add_argument(
        "--jobs", type=_positive, default=1, metavar="N", help="gates side by side, at most (default 1)"
    )
    parser.add_argument("--rounds", type=_positive, metavar="N", help="at most so many rounds")
    parser.add_argument(
        "--watch",
        action="store_true",
        help="wait for a change of the tree where nothing else is left to try; a change abandons the round under way",
    )
    parser.add_argument(
        "--set", action="append", default=[], type=_assignment, metavar="K=V", help="override a variable"
    )
    parser.add_argument("--format", choices=("human", "json", "github"), help="how to report (default human)")
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="say nothing of a run that is green, and else only how it ended"
    )
    parser.add_argument(
        "--require-containment",
        type=_level,
        metavar="LEVEL",
        help="cgroup or guardian: do not begin with less, and pass no step that was held by less",
    )
    parser.add_argument(
        "--judge-by",
        type=_ref,
        metavar="REF",
        help="judge by definition, baselines and quarantine as they are at REF (origin/main), and tell what differs",
    )
    parser.add_argument(
        "--at",
        type=_ref,
        metavar="REV",
        help="run on that commit, in a scratch worktree, by its own definition; the working tree is not touched",
    )
    parser.add_argument(
        "--isolate",
        action="store_true",
        help="run in git worktrees of the tree as it is, with what nobody committed yet; it can be worked on meanwhile",
    )
    parser.add_argument(
        "--parallel",
        type=_side_by_side,
        default=1,
        metavar="N",
        help="cycles at a time, at most, with --isolate or --at (default 1; auto: half of the processors)",
    )
    parser.add_argument(
        "--keep-worktrees", action="store_true", help="leave the worktrees of --isolate and --at, to look at them"
    )
    parser.add_argument(
        "--resume",
        nargs="?",
        const="latest",
        metavar="RUN",
        help="go on with a run that was broken off, as it began: by a crash, a reboot, or a stop (default: the newest)",
    )
    parser.add_argument("--min-free", metavar="SIZE", help="begin only with so much room on the disk (2GiB)")
    parser.add_argument("-v", "--verbose", action="store_true", help="gatekeeper's own diagnostics on standard error")


def main(arguments: argparse.Namespace) -> int:
    """Run the named cycles in order, all of them unless stopped; the exit code is the first that is not 0."""
    from gatekeeper.cli.signals import Signals

    requests = _requests(arguments)
    at = arguments.at or ""
    # With --isolate all have one tree, as it is now, also those that begin later.
    if len(requests) > 1 and (arguments.parallel > 1 or arguments.isolate):
        from gatekeeper.cli.several.side_by_side import run_side_by_side

        return run_side_by_side(requests, at, arguments.parallel)
    # One for all cycles: what is asked between two of them is heard by the next.
    signals = Signals()
    signals.install()
    code = OK
    try:
        for request in requests:
            ended = run_cycle(request, signals, at)
            code = code or ended
            if ended in {129, 130, 143}:
                break
    finally:
        signals.settle()
    return code


def run_cycle(request: RunRequest, signals: Signals, at: str = "", branch: str | None = None) -> int:
    """Run one cycle, on the commit `at` if one is named; returns the exit code of its verdict.

    `branch` is the one that a step's condition is told of in a worktree. Raises the errors of
    `gatekeeper.model.errors`.
    """
    from gatekeeper.adapters.guard.choice import start_helpers
    from gatekeeper.cli.signals import EXIT_CODES

    # Before anything else: it comes up beside us, while we import.
    try:
        helpers = start_helpers()
    except OSError as refused:
        from gatekeeper.model.errors import EnvironmentFault

        raise EnvironmentFault(
            f"this machine has no process left to guard a run with: {refused.strerror}. See `ulimit -u`, `ulimit -n`, "
            "and the pids limit of the container."
        ) from None
    from contextlib import ExitStack

    from gatekeeper.cli.wiring import open_run

    with ExitStack() as last, ExitStack() as closing:
        try:
            if at:
                from gatekeeper.cli.at_commit import place_at

                request = place_at(request, at, closing, branch)
            opened = open_run(request, closing, helpers)
        except GatekeeperError as fault:
            # Whoever asked for an end did not let git answer; that is no fault of the definition or of the machine.
            if not signals.early:
                raise
            print(f"gatekeeper: told to stop before the run began; {fault}", file=sys.stderr)
            return EXIT_CODES[signals.early]
        # Only now: git is at work while the event loop is being imported.
        from gatekeeper.cli.driving import drive

        return drive(opened, signals, closing, last)


def _requests(arguments: argparse.Namespace) -> list[RunRequest]:
    here = os.getcwd()
    if arguments.resume is not None:
        return [_resumed(arguments)]
    if arguments.file:
        if arguments.cycle:
            raise UsageError("--file names the definition; leave out CYCLE")
        root, paths = find_root(here) or here, [os.path.abspath(arguments.file)]
    else:
        root = require_root(here)
        if not arguments.cycle:
            from gatekeeper.cli.project import cycles

            raise UsageError(f"which cycle? there is {', '.join(cycles(root)) or 'none in gates/ yet'}")
        if arguments.watch and arguments.at:
            raise UsageError("--watch waits for a change of the working tree, and --at runs on a commit: give one")
        if arguments.watch and arguments.isolate:
            raise UsageError("--watch waits for a change of the working tree, and --isolate runs beside it: give one")
        if arguments.isolate and arguments.at:
            raise UsageError("--at runs in a worktree already, of a commit; --isolate in one of the tree as it is")
        if arguments.watch and len(arguments.cycle) > 1:
            raise UsageError("--watch is for one cycle: the second one would wait for ever for the first to be green")
        paths = [definition_path(root, name) for name in arguments.cycle]
    return [
        RunRequest(
            root=root,
            path=path,
            only=tuple(dict.fromkeys(arguments.only)),
            jobs=arguments.jobs,
            rounds=arguments.rounds,
            overrides=tuple(arguments.set),
            format=_format(arguments),
            verbose=arguments.verbose,
            required=arguments.require_containment,
            judge_by=arguments.judge_by or "",
            watch=arguments.watch,
            least_free=room_wanted(arguments.min_free),
            isolate=arguments.isolate,
            keep_worktrees=arguments.keep_worktrees,
        )
        for path in paths
    ]


def _resumed(arguments: argparse.Namespace) -> RunRequest:
    from gatekeeper.cli.resuming import request_of

    given = {
        "CYCLE": arguments.cycle,
        "--file": arguments.file,
        "--only": arguments.only,
        "--rounds": arguments.rounds,
        "--set": arguments.set,
        "--judge-by": arguments.judge_by,
        "--at": arguments.at,
        "--watch": arguments.watch,
        "--isolate": arguments.isolate,
    }
    if beside := [name for name, value in given.items() if value]:
        raise UsageError(f"a run goes on as it began; leave out {', '.join(beside)}")
    request = request_of(arguments.resume, arguments.jobs, _format(arguments), verbose=arguments.verbose)
    return request._replace(required=arguments.require_containment, least_free=room_wanted(arguments.min_free))


def _format(arguments: argparse.Namespace) -> str:
    if not arguments.quiet:
        return str(arguments.format or "human")
    if arguments.format not in {None, "human"}:
        raise UsageError(f"--quiet is for people; with --format {arguments.format} every event is told. Leave out one")
    return "quiet"


def _level(text: str) -> Level:
    # Asked for by few, so nobody else waits for it: the guard's helpers start only after the command line is read.
    from gatekeeper.policy.containment import LEVELS

    for level in LEVELS:
        if text == level:
            return level
    raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(LEVELS)}")


def _ref(text: str) -> str:
    if not text or text.startswith("-"):
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a ref")
    return text


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _side_by_side(text: str) -> int:
    if text != "auto":
        return _positive(text)
    return max(1, len(os.sched_getaffinity(0)) // 2 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 2) // 2)


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form K=V")
    return name, value
