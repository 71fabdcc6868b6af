"""Owns what cron or systemd is to call, and when, as it is written down for them. Pure text.

A line of a crontab stands for itself: what it needs is in it, so that no setting leaks into lines of others, and it
holds nothing that shells disagree about, because the crontab may name any shell.
"""

from __future__ import annotations

import re

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.nightly.timetable import Timetable

_PLAIN = re.compile(r"[\w@+=:,./-]+", re.ASCII)
LONGEST = 990
"""Characters of a command that Vixie's cron still takes."""


class Call(NamedTuple):
    """What is called: the project's root, its cycles, when, and with which interpreter and PATH.

    `jitter` is a duration as it was written, or empty. `within_s` is what all its runs may take at most.
    """

    root: str
    cycles: tuple[str, ...]
    table: Timetable
    python: str
    path: str
    jitter: str = ""
    within_s: float = 0.0

    @property
    def name(self) -> str:
        """What its block and its units are known by: ``/srv/app: backend-cycle smoke``."""
        return f"{self.root}: {' '.join(self.cycles)}"


def command(call: Call, *, jitter: bool, if_due: bool = False) -> tuple[str, ...]:
    """The words of the command, without its environment."""
    return (
        call.python,
        # Not the folder that one stands in: a repository may hold a `gatekeeper` of its own.
        "-P",
        "-m",
        "gatekeeper",
        "cron",
        "run",
        "--in",
        call.root,
        "--at",
        call.table.written,
        *(("--utc",) if call.table.utc else ()),
        *(("--jitter", call.jitter) if jitter and call.jitter else ()),
        *(("--if-due",) if if_due else ()),
        *call.cycles,
    )


def cron_command(call: Call, *, if_due: bool) -> str:
    """One line for any shell, as it is to run: cron's own escapes are not in it yet."""
    words = ("/usr/bin/env", "SHELL=/bin/sh", f"PATH={call.path}", *command(call, jitter=True, if_due=if_due))
    return " ".join(map(quoted, words))


def cron_lines(call: Call, offsets: tuple[int, ...]) -> tuple[str, ...]:
    """The lines for a crontab. `offsets` are those that the machine's zone has in a year, seconds east of UTC.

    Not every cron can be told a zone. For UTC it calls every hour, in the minutes at which it may be due there, and
    what is called looks whether it is. That catches up by itself; else a line does that when the machine came up.
    """
    if call.table.utc:
        minutes = sorted({(minute + offset // 60) % 60 for minute in call.table.minutes for offset in offsets})
        return (_cron_line(f"{','.join(map(str, minutes))} * * * *", call, if_due=True),)
    return _cron_line(call.table.written, call, if_due=False), _cron_line("@reboot", call, if_due=True)


def quoted(word: str) -> str:
    """The word as every shell reads it back."""
    return word if _PLAIN.fullmatch(word) else "'" + word.replace("'", "'\"'\"'") + "'"


def _cron_line(when: str, call: Call, *, if_due: bool) -> str:
    # An unescaped % ends the command and begins its standard input.
    return f"{when} {cron_command(call, if_due=if_due)}".replace("%", "\\%")
