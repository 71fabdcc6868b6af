"""Owns the user's systemd units: writing ours, switching them on, taking them away. Knows no timetable."""

from __future__ import annotations

import os
import pwd
import subprocess
from contextlib import suppress

from gatekeeper.model.errors import EnvironmentFault
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.nightly.units import PREFIX, Units, named_in

_WITHIN_S = 20.0
_LARGEST = 1 << 16


class OurTimer(NamedTuple):
    """A timer of ours that is there: its name without suffix, its project and cycles, both texts."""

    stem: str
    root: str
    cycles: tuple[str, ...]
    timer: str
    service: str


def units_folder() -> str:
    """Where the units of this user lie."""
    return os.path.join(
        os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config"), "systemd", "user"
    )


def our_timers() -> tuple[OurTimer, ...]:
    """The timers that we wrote, by their names."""
    folder = units_folder()
    found = []
    with suppress(OSError):
        for name in sorted(os.listdir(folder)):
            stem, dot, kind = name.rpartition(".")
            if dot and kind == "timer" and stem.startswith(PREFIX):
                timer, service = _read(folder, name), _read(folder, f"{stem}.service")
                if named := named_in(timer):
                    found.append(OurTimer(stem, *named, timer, service))
    return tuple(found)


def write_units(units: Units) -> str:
    """Write both units and switch the timer on; returns what systemd refused, in words. Raises `EnvironmentFault`."""
    folder = units_folder()
    try:
        os.makedirs(folder, 0o755, exist_ok=True)
        for kind, text in (("service", units.service), ("timer", units.timer)):
            path = os.path.join(folder, f"{units.stem}.{kind}")
            passing = f"{path}.{os.getpid()}.tmp"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with open(os.open(passing, flags, 0o644), "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(text)
            os.replace(passing, path)
    except OSError as fault:
        raise EnvironmentFault(f"the units cannot be written to {folder}: {fault.strerror}") from fault
    return _systemctl("daemon-reload") or _systemctl("enable", "--now", f"{units.stem}.timer")


def remove_units(stem: str) -> str:
    """Switch a timer off and take both units away; returns what systemd refused. Raises `EnvironmentFault`."""
    refused = _systemctl("disable", "--now", f"{stem}.timer")
    folder = units_folder()
    # Where systemd did not answer, its link would point to nothing, and complain at each login.
    for name in (f"timers.target.wants/{stem}.timer", f"{stem}.timer", f"{stem}.service"):
        try:
            os.unlink(os.path.join(folder, name))
        except FileNotFoundError:
            continue
        except OSError as fault:
            raise EnvironmentFault(f"{os.path.join(folder, name)} cannot be removed: {fault.strerror}") from fault
    return refused or _systemctl("daemon-reload")


def lingers() -> bool:
    """Whether this user's units run while nobody is logged in."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return False
    return os.path.exists(os.path.join("/var/lib/systemd/linger", name))


def _systemctl(*words: str) -> str:
    try:
        done = subprocess.run(
            ["systemctl", "--user", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_WITHIN_S,
            check=False,
        )
    except OSError as fault:
        return f"systemctl cannot be started: {fault.strerror}"
    except subprocess.TimeoutExpired:
        return f"systemctl --user {words[0]} gave no answer within {_WITHIN_S:g} s"
    return (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[0] if done.returncode else ""


def _read(folder: str, name: str) -> str:
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="surrogateescape") as file:
            return file.read(_LARGEST)
    except OSError:
        return ""
