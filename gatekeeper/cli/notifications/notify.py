"""Owns the command `gatekeeper notify`: trying whether notifications arrive, and what was announced. Runs no step."""

from __future__ import annotations

import argparse
import os
import sys

from gatekeeper.cli.exit_codes import INTERRUPTED, OK
from gatekeeper.cli.ink import Ink, printable
from gatekeeper.cli.project import cycles, definition_path, make_state_folder, require_root, state_folder
from gatekeeper.cli.subcommands import subcommands
from gatekeeper.model.errors import UsageError
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.recipients import Recipient, recipients

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.model.plan import Plan

_FAILED = 1
_EPILOG = """\
examples:
  gatekeeper notify test                     to everybody whom a run would tell
  gatekeeper notify test backend-cycle
  gatekeeper notify test --to '${env:NOTIFY_URL}'
  gatekeeper notify show backend-cycle       what was announced to whom

runbooks/notifications.md tells how to be told in chat, by mail, by a webhook or by a command.
Each has more to say: gatekeeper notify test --help
"""
_TEST_EPILOG = """\
Without CYCLE: everybody whom any cycle here would tell, each once. A test is no announcement: nothing is remembered.

exit codes:
  0   all were told
  1   one was not
  2   wrong usage, or nobody to tell
  78  wrong definition

examples:
  gatekeeper notify test backend-cycle
  gatekeeper notify test backend-cycle --to 2
  gatekeeper notify test --to '${env:NOTIFY_URL}'    in single quotes
"""
_SHOW_EPILOG = """\
example:
  gatekeeper notify show backend-cycle
"""


class _Told(NamedTuple):
    cycle: str
    recipient: Recipient


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Notifications: try whether they arrive, and see what was announced."
    parser.epilog = _EPILOG
    add = subcommands(parser, "test", "show")
    test = add("test", "send a test message, and tell what came of it", _TEST_EPILOG)
    test.add_argument("cycle", nargs="?", default="", metavar="CYCLE", help="just those whom this one tells")
    test.add_argument(
        "--to",
        default="",
        metavar="TARGET",
        help="just this one: its number, as told here, a URL, or ${env:NAME}",
    )
    show = add("show", "tell what was announced to whom, and what would be next", _SHOW_EPILOG)
    show.add_argument("cycle", metavar="CYCLE", help="name of a definition in gates/")


def main(arguments: argparse.Namespace) -> int:
    """Test or show. Raises the errors of `gatekeeper.model.errors`."""
    root = require_root(os.getcwd())
    if arguments.doing == "show":
        return _show(root, _told_by(root, arguments.cycle))
    return _test(root, _wanted(root, arguments.cycle, arguments.to))


def _told_by(root: str, cycle: str) -> list[_Told]:
    """Those whom a cycle tells, as they are bound here and now."""
    from gatekeeper.adapters.definition.cache import load_cached
    from gatekeeper.cli.opening import bind_plan, require_environment

    path = definition_path(root, cycle)
    plan = load_cached(path, root=root, cache=os.path.join(state_folder(root), "cache"))
    if not plan.notify:
        return []
    require_environment(_notifying(plan), os.environ)
    ports = {name: "0" for name, _ in plan.ports}
    bound = bind_plan(plan, root=root, environ=os.environ, overrides={}, ports=ports, run="test", now="0000-00-00")
    return [_Told(plan.cycle, each) for each in recipients(plan.notify, bound.context)]


def _notifying(plan: Plan) -> Plan:
    """`plan` with what its notifications and variables need of the environment: nothing else is asked here."""
    from gatekeeper.policy.binding import Reference, references
    from gatekeeper.policy.describe import command_line

    texts = [*(value for _, value in plan.vars), *(each.to for each in plan.notify)]
    texts += [command_line(each.command) or "" for each in plan.notify if each.command is not None]
    read = {one.name for text in texts for one in references(text) if isinstance(one, Reference) and one.space == "env"}
    return plan._replace(environment=tuple(name for name in plan.environment if name in read))


def _wanted(root: str, cycle: str, to: str) -> list[_Told]:
    if to and not to.isdecimal():
        from gatekeeper.policy.binding import Context, UnboundReference, fill

        try:
            address = fill(to, Context(os.environ)).strip()
        except UnboundReference as missing:
            raise UsageError(f"--to: {missing}") from None
        if not address:
            raise UsageError("--to: the target is empty")
        return [_Told(cycle or os.path.basename(root), Recipient((), address))]
    names = (cycle,) if cycle else cycles(root)
    every = [each for name in names for each in _told_by(root, name)]
    if not every:
        raise UsageError(
            f"{cycle or 'no cycle here'} would tell {'nobody' if cycle else 'anybody'}: `notify:` is missing, "
            "or every target in it is empty here (is its variable set?)"
        )
    first: dict[str, _Told] = {}
    for each in every:
        first.setdefault(each.recipient.key, each)
    once = list(first.values())
    if to:
        if not 0 < int(to) <= len(once):
            raise UsageError(f"--to {to}: there {'is one target' if len(once) == 1 else f'are {len(once)} targets'}")
        return [once[int(to) - 1]]
    return once


def _test(root: str, told: list[_Told]) -> int:
    import anyio

    ink = Ink()
    try:
        problems = anyio.run(_send_all, root, told)
    except KeyboardInterrupt:
        print("gatekeeper: left before all were told", file=sys.stderr)
        return INTERRUPTED
    for number, (each, problem) in enumerate(zip(told, problems, strict=True), 1):
        word = ink.paint("failed", "red") if problem else ink.paint("told  ", "green")
        why = f"  {problem}" if problem else ""
        ink.say(f"{number}  {word}  {each.cycle}  {printable(each.recipient.shown + why)}")
    ink.done()
    return _FAILED if any(problems) else OK


async def _send_all(root: str, told: list[_Told]) -> list[str]:
    import anyio

    from gatekeeper.adapters.notifications.sending import Patience
    from gatekeeper.adapters.notifications.summary import trial_message
    from gatekeeper.cli.notifications.announcing import WITHIN_S
    from gatekeeper.cli.notifications.told import Around, have_told

    state = make_state_folder(root)
    around = Around(root, state, Patience())
    problems = [f"it was not delivered within {WITHIN_S:g} s"] * len(told)

    async def one(index: int) -> None:
        message = dict(trial_message(told[index].cycle, os.uname().nodename))
        problems[index] = await have_told(told[index].recipient, message, around)

    with anyio.move_on_after(WITHIN_S):
        async with anyio.create_task_group() as everybody:
            for index in range(len(told)):
                everybody.start_soon(one, index)
    return problems


def _show(root: str, told: list[_Told]) -> int:
    import time

    from gatekeeper.adapters.notifications.announced import Memory, NewerFormat
    from gatekeeper.policy.announcing_words import next_words, told_words

    ink = Ink()
    if not told:
        ink.say("nobody is told: `notify:` is missing, or every target in it is empty here (is its variable set?)")
    now = time.time()
    for number, (cycle, recipient) in enumerate(told, 1):
        ink.say(f"{number}  {ink.paint(printable(recipient.shown), 'bold')}  on {', '.join(recipient.on)}")
        try:
            before = Memory(state_folder(root), cycle, recipient.key).read()
        except NewerFormat as fault:
            ink.say(f"   {fault}")
            continue
        ink.say(f"   {told_words(before, now)}")
        for line in next_words(recipient.on, before, now):
            ink.say(f"   {line}")
    ink.done()
    return OK
