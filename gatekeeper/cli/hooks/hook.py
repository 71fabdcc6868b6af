"""Owns the command `gatekeeper hook`: its words, and handing on to who installs, takes away and runs hooks."""

from __future__ import annotations

import argparse
import os

from gatekeeper.cli.subcommands import subcommands
from gatekeeper.model.errors import EnvironmentFault, UsageError

REFUSED = 1
HOOKS = ("pre-push", "pre-commit")
_EPILOG = """\
pre-push judges just the commits that are pushed, pre-commit just what is staged: in a scratch worktree, or in place
where the working tree holds nothing else. A tree that is green already costs no run. A hook that is there runs first,
and comes back with uninstall. See runbooks/hooks.md.

examples:
  gatekeeper hook install                   pre-push, the only cycle here
  gatekeeper hook install pre-push --cycle full --judge-by origin/main
  gatekeeper hook uninstall
  GATEKEEPER_SKIP="hotfix for #42" git push  goes through, written down
  gatekeeper audit origin/main..HEAD        what went out without a verdict
"""
_INSTALL = """\
The hook goes where git looks for it (core.hooksPath, shared by linked worktrees). Where that folder belongs to the
project or to other repositories too, nothing is written, and the line to add is told.

exit codes:
  0  installed
  1  refused: what is there is not ours to change
  2  wrong usage

examples:
  gatekeeper hook install
  gatekeeper hook install pre-commit --cycle quick
  gatekeeper hook install pre-push --cycle full --judge-by origin/main
"""
_UNINSTALL = """\
exit codes:
  0  what was there before is back, byte for byte
  1  refused: it is not ours, or somebody changed it

examples:
  gatekeeper hook uninstall
  gatekeeper hook uninstall pre-commit
"""
_RUN = """\
What an installed hook does; also for the hook files of other tools. Standard input is what git tells a pre-push hook.

exit codes:
  0  it may go on
  2  what git told is not understood, or GATEKEEPER_SKIP is empty
  any other: that of `gatekeeper run`, and nothing is pushed or committed

examples:
  gatekeeper hook run pre-push "$@"    in .husky/pre-push, or one of yours
  gatekeeper hook run pre-commit --cycle quick
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "git hooks: judge exactly what is pushed, or committed."
    parser.epilog = _EPILOG
    add = subcommands(parser, "install", "uninstall", "run")
    install = add("install", "write a hook, and keep the one that is there", _INSTALL)
    install.add_argument("hook", nargs="?", choices=HOOKS, default=HOOKS[0], help="which (default pre-push)")
    _judging(install)
    uninstall = add("uninstall", "take a hook away, and put back what was there", _UNINSTALL)
    uninstall.add_argument("hook", nargs="?", choices=HOOKS, default=HOOKS[0], help="which (default pre-push)")
    run = add("run", "judge what is pushed or committed", _RUN)
    run.add_argument("hook", choices=HOOKS, help="which")
    _judging(run)
    run.add_argument("--project", metavar="PATH", help="the project root, where it is not the nearest with gates/")
    run.add_argument("words", nargs="*", metavar="WORD", help="what git told the hook on its command line")


def main(arguments: argparse.Namespace) -> int:
    """Install, take away or run; returns the exit code. Raises the errors of `gatekeeper.model.errors`."""
    match arguments.doing:
        case "install":
            from gatekeeper.cli.hooks.install import install

            return install(arguments.hook, arguments.cycle or "", arguments.judge_by or "")
        case "uninstall":
            from gatekeeper.cli.hooks.install import uninstall

            return uninstall(arguments.hook)
        case _:
            return _run(arguments)


def _judging(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cycle", metavar="NAME", help="the cycle that judges (default: the only one in gates/)")
    parser.add_argument("--judge-by", type=_ref, metavar="REF", help="by the definition at REF, not the commit's own")


def _ref(text: str) -> str:
    if not text or text.startswith("-"):
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a ref")
    return text


def _run(arguments: argparse.Namespace) -> int:
    from gatekeeper.adapters.repos.commits import CannotRead
    from gatekeeper.cli.hooks.desk import Desk
    from gatekeeper.cli.hooks.surroundings import leave_git
    from gatekeeper.cli.project import find_root
    from gatekeeper.cli.tops import top_of
    from gatekeeper.cli.with_parent import end_with

    git = os.getppid()
    given, here = leave_git(), os.getcwd()
    top = top_of(os.path.realpath(here))
    if top is None:
        raise EnvironmentFault(f"{here} is in no working tree of git: a hook runs in one, and not in a bare repository")
    root = os.path.normpath(os.path.join(here, arguments.project)) if arguments.project else find_root(here) or top
    reason = os.environ.pop("GATEKEEPER_SKIP", None)
    if reason is not None and not reason.strip():
        raise UsageError('GATEKEEPER_SKIP is empty: say why, as in GATEKEEPER_SKIP="the forge is on fire"')
    desk = Desk(os.path.realpath(root), arguments.cycle or "", arguments.judge_by or "", arguments.project, given)
    if arguments.project:  # written by us, so that git itself called it: with git gone, nothing is pushed or committed
        end_with(git)
    try:
        if arguments.hook == "pre-commit":
            from gatekeeper.cli.hooks.commit import judge_staged

            return judge_staged(desk, reason)
        from gatekeeper.cli.hooks.push import judge_push

        return judge_push(desk, arguments.words, _told(), reason)
    except CannotRead as fault:
        raise EnvironmentFault(str(fault)) from None


def _told() -> bytes:
    if os.isatty(0):
        raise UsageError("git tells a pre-push hook on standard input what is pushed, and that is a terminal here")
    parts = []
    while part := os.read(0, 1 << 16):
        parts.append(part)
    return b"".join(parts)
