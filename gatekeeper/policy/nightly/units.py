"""Owns the text of a systemd timer and its service, and of what they are called. Knows no file and no program."""

from __future__ import annotations

import hashlib
import math
import re

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.nightly.calendar import calendars
from gatekeeper.policy.nightly.calling import Call, command

_MARGIN_S = 600
"""Above what runs may take: cleaning up, and a machine that is busy."""
_ABOUT = "# Written by `gatekeeper cron install`, taken away by `gatekeeper cron uninstall`."
_OF = "# gatekeeper: "
_SECONDS_STOP = 300
PREFIX = "gatekeeper-"


class Units(NamedTuple):
    """A timer and its service. `stem` is their name without the suffix."""

    stem: str
    timer: str
    service: str


def units_of(call: Call, delay_s: float) -> Units:
    """The units that call `call`; `delay_s` is the longest random delay."""
    about = f"{_ABOUT}\n{_OF}{call.name}\n"
    described = f"Description=gatekeeper: {_specifiers(call.name)}\n"
    when = "".join(f"OnCalendar={each}\n" for each in calendars(call.table))
    delay = f"RandomizedDelaySec={math.ceil(delay_s)}\n" if delay_s else ""
    timer = f"{about}[Unit]\n{described}\n[Timer]\n{when}Persistent=true\n{delay}\n[Install]\nWantedBy=timers.target\n"
    # A command's variables are replaced, those of an environment are not.
    words = " ".join(_word(word.replace("$", "$$")) for word in command(call, jitter=False))
    service = (
        f"{about}[Unit]\n{described}\n[Service]\nType=oneshot\nExecStart={words}\n"
        f"Environment={_word(f'PATH={call.path}')} SHELL=/bin/sh\n"
        "StandardInput=null\n"
        "# A run that is held up by another one is no failure.\n"
        "SuccessExitStatus=75\n"
        "# gatekeeper makes a group of its own for each step, and whatever is left dies with the service.\n"
        "Delegate=yes\nKillMode=control-group\n"
        f"TimeoutStartSec={math.ceil(call.within_s) + _MARGIN_S}\nTimeoutStopSec={_SECONDS_STOP}\n"
    )
    return Units(stem_of(call.root, call.cycles), timer, service)


def stem_of(root: str, cycles: tuple[str, ...]) -> str:
    """``gatekeeper-app-3f0c9a12``: told apart by project and cycles, and still a name that people recognise."""
    name = f"{root}: {' '.join(cycles)}"
    readable = re.sub(r"[^A-Za-z0-9]+", "-", root.rstrip("/").rpartition("/")[2]).strip("-")[:40] or "project"
    return f"{PREFIX}{readable}-{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


def named_in(unit: str) -> tuple[str, tuple[str, ...]] | None:
    """The project and the cycles of a unit that we wrote; None for any other."""
    for line in unit.splitlines():
        if line.startswith(_OF):
            root, colon, cycles = line.removeprefix(_OF).rpartition(": ")
            return (root, tuple(cycles.split())) if colon else None
    return None


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")


def _word(text: str) -> str:
    """A word as systemd reads it back: quoted, and with what it would replace doubled."""
    escaped = _specifiers(text).replace("\\", "\\\\").replace('"', '\\"')
    return escaped if re.fullmatch(r"[\w@%+=:,./$-]+", escaped, re.ASCII) else f'"{escaped}"'
