"""Owns the command `gatekeeper audit`: commits that went out without a valid verdict. Runs nothing but git."""

from __future__ import annotations

import argparse
import json
import os

from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.project import require_root, state_folder
from gatekeeper.model.errors import EnvironmentFault, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.adapters.repos.pushed import Landed
    from gatekeeper.policy.auditing import Audited

NOT_COVERED = 1
_SHOWN_ID = 12
_EPILOG = """\
A commit is covered when a push that was green took it along (the hook writes each push down), or when what it holds
was found green by itself. What a hook never saw, as with `git push --no-verify`, is not. See runbooks/hooks.md.

exit codes:
  0  all are covered
  1  some are not
  2  wrong usage

examples:
  gatekeeper audit v1.0..origin/main
  gatekeeper audit origin/main~20..origin/main --cycle full
  gatekeeper audit HEAD~5.. --format json | jq '.commits[].covered'
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "List the commits of a range that went out without a valid verdict. Runs nothing."
    parser.epilog = _EPILOG
    parser.add_argument("range", metavar="A..B", help="commits of B that A has not; HEAD where one is left out")
    parser.add_argument("--cycle", metavar="NAME", help="only what this cycle said counts")
    parser.add_argument("--format", choices=("human", "json"), default="human", help="how to report (default human)")


def main(arguments: argparse.Namespace) -> int:
    """Look and tell; 0 where all are covered. Raises the errors of `gatekeeper.model.errors`."""
    from gatekeeper.adapters.repos.commits import CannotRead

    begin, dots, end = arguments.range.partition("..")
    if not dots or end.startswith("."):
        raise UsageError(f"{arguments.range!r} is not a range; write A..B, as in origin/main~5..origin/main")
    root = require_root(os.getcwd())
    try:
        found, commits = _look(root, begin or "HEAD", end or "HEAD", arguments.cycle or "")
    except CannotRead as fault:
        raise EnvironmentFault(str(fault)) from None
    subjects = {commit.commit: commit.subject for commit in commits}
    if arguments.format == "json":
        told = [{**each._asdict(), "subject": subjects[each.commit]} for each in found]
        print(json.dumps({"range": arguments.range, "commits": told}, indent=2))
    else:
        _tell(arguments.range, found, subjects)
    return OK if all(each.covered for each in found) else NOT_COVERED


def _look(root: str, begin: str, end: str, cycle: str) -> tuple[tuple[Audited, ...], tuple[Landed, ...]]:
    from gatekeeper.adapters.hooks.pushes import read
    from gatekeeper.adapters.repos.commits import resolve
    from gatekeeper.adapters.repos.pushed import are_there, landed
    from gatekeeper.adapters.verdicts.keeping import kept_verdicts
    from gatekeeper.cli.hooks.book import common_state
    from gatekeeper.policy.auditing import History, audit

    first, last = resolve(root, begin).id, resolve(root, end).id
    wanted = landed(root, (last,), first)
    state = common_state(root)
    try:
        pushes = [push for push in read(state) if not cycle or push.cycle in ("", cycle)]
    except OSError as fault:
        raise EnvironmentFault(f"what was pushed cannot be read: {fault}") from None
    ends = [oid for push in pushes for oid in (push.commit, push.old, *push.beyond) if oid.strip("0")]
    around = landed(root, (last, *ends), first)
    history = History({each.commit: each.parents for each in around}, are_there(root, ends))
    kept = [
        verdict
        for folder in dict.fromkeys((state_folder(root), state))
        for verdict in kept_verdicts(folder)
        if not cycle or verdict.subject.cycle == cycle
    ]
    return audit(((each.commit, each.tree) for each in wanted), history, pushes, kept), wanted


def _tell(named: str, found: tuple[Audited, ...], subjects: dict[str, str]) -> None:
    from gatekeeper.cli.ink import Ink, count, printable

    ink = Ink()
    missing = [each for each in found if not each.covered]
    for each in missing:
        ink.say(f"{ink.paint(each.commit[:_SHOWN_ID], 'red')}  {printable(subjects[each.commit])[:60]}")
        ink.say(f"{'':<{_SHOWN_ID}}  {printable(each.why)}")
    if not found:
        ink.say(f"{named} holds no commit")
    elif missing:
        ink.say(f"{len(missing):,} of {count(len(found), 'commit')} went out without a valid verdict")
    else:
        ink.say(f"{count(len(found), 'commit')}, all with a valid verdict")
    ink.done()
