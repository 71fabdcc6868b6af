"""Owns `gatekeeper cron show`: what calls this project's cycles, and what was heard of them."""

from __future__ import annotations

import os
import time

from gatekeeper.adapters.nightly.daemon import cron_daemon
from gatekeeper.adapters.nightly.heartbeats import heartbeats
from gatekeeper.adapters.nightly.user_units import units_folder
from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.ink import Ink, count, printable
from gatekeeper.cli.nightly.installed import installed
from gatekeeper.cli.nightly.words import offset_at, when_next
from gatekeeper.cli.project import require_root, state_folder
from gatekeeper.policy.nightly.heartbeat import Heartbeat, missed, shown


def show() -> int:
    """Print it. Raises `UsageError` where there is no project."""
    root = require_root(os.getcwd())
    there, ink = installed(root), Ink()
    for block in there.blocks:
        ink.say(ink.paint("in the crontab", "bold"))
        for line in block.text.splitlines():
            ink.say(f"  {printable(line)}")
        ink.say()
    for timer in there.timers:
        ink.say(ink.paint(f"{os.path.join(units_folder(), timer.stem)}.timer and .service", "bold"))
        for line in (*timer.timer.splitlines(), "", *timer.service.splitlines()):
            ink.say(f"  {printable(line)}".rstrip())
        ink.say()
    if not there.entries:
        ink.say("nothing is installed here; gatekeeper cron install --at 02:00 CYCLE")
    if there.problem:
        ink.say(ink.paint(there.problem, "yellow"))
    if there.blocks and not cron_daemon():
        ink.say(ink.paint("no cron daemon runs here: nothing is called until one does", "yellow"))
    if there.others:
        ink.say(f"{count(there.others, 'entry').replace('entrys', 'entries')} of other projects")
    for beat in heartbeats(state_folder(root)):
        _tell(ink, beat)
    ink.done()
    return OK


def _tell(ink: Ink, beat: Heartbeat) -> None:
    ink.say(ink.paint(beat.cycle, "bold"))
    if beat.finished:
        ended = beat.verdict or f"exit code {beat.exit_code}"
        ink.say(f"  last  {shown(beat.finished)}  {ended}  {beat.run}".rstrip())
    elif beat.started:
        ink.say(f"  last  began {shown(beat.started)}, and has not come to its end")
    else:
        ink.say("  last  nothing was heard of it yet")
    table = beat.timetable
    if table is not None:
        ink.say(f"  next  {when_next(table)}")
    if gone := missed(beat, time.time(), offset_at):
        ink.say(f"  {ink.paint(f'missing  {gone}', 'yellow')}")
    if beat.ping:
        ink.say(f"  {ink.paint(f'ping  could not be delivered: {beat.ping}', 'yellow')}")
