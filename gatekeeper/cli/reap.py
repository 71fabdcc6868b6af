"""Owns the command `gatekeeper reap`: finish what a killed gatekeeper left, and say what that was."""

from __future__ import annotations

import argparse
import os

from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.leftovers import WORKTREES, open_runs, tidy
from gatekeeper.cli.project import find_root, require_root, state_folder
from gatekeeper.engine.clock import SystemClock

_EPILOG = """\
Every `gatekeeper run` does this before it begins; the command is for when you don't want to run anything.

With --port, it also ends what listens there, if it is yours and was started in this project: a server that somebody
forgot. Others' processes, those of other folders and those of a run that goes on are named and left alone.

exit codes:
  0  done
  1  the port is still held

With --worktrees, also the scratch worktrees that were left on purpose (`gatekeeper run --keep-worktrees`).

examples:
  gatekeeper reap
  gatekeeper reap --worktrees
  gatekeeper reap --port 8000
"""
STILL_HELD = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Finish what a killed gatekeeper left: processes, cgroups, runs without an end."
    parser.epilog = _EPILOG
    parser.add_argument(
        "--worktrees", action="store_true", help="also remove scratch worktrees that --keep-worktrees left"
    )
    parser.add_argument("--port", type=int, metavar="N", help="also end what of this project listens on this port")


def main(arguments: argparse.Namespace) -> int:
    """Tidy up and print one line for each thing that was found."""
    if arguments.port is not None:
        return _free(arguments.port)
    state = state_folder(require_root(os.getcwd()))
    found = tidy(state, SystemClock().now)
    if arguments.worktrees:
        from gatekeeper.adapters.repos.scratch import tidy as tidy_worktrees

        kept = tidy_worktrees(os.path.join(state, WORKTREES), kept=True)
        found += tuple(f"removed the scratch worktree {worktree}, which was kept" for worktree in kept)
    for line in found:
        print(line)
    if not found:
        print("nothing was left behind")
    return OK


def _free(port: int) -> int:
    from gatekeeper.cli.freeing import free_port

    here = os.getcwd()
    # A step may run in a repo that lies elsewhere than the project.
    root = find_root(here) or here
    state = state_folder(root)
    for line in tidy(state, SystemClock().now):
        print(line)
    freed = free_port(port, (root, here), open_runs(state) | {os.environ.get("GATEKEEPER_RUN", "-")})
    for line in (*freed.ended, *freed.spared):
        print(line)
    if not freed.ended and not freed.spared:
        print(f"nobody listens on port {port}")
    return STILL_HELD if freed.spared else OK
