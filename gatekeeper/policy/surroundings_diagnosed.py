"""Owns grading what else a run leans on: the clock, room on disks, git, shells, Python, stack dumps."""

from __future__ import annotations

from gatekeeper.model.machine import Clock, Git, Machine, Room, Shells, StackDumps, Unanswered
from gatekeeper.policy.diagnosis_rows import Grade, Row, present, unanswered
from gatekeeper.policy.nightly_diagnosed import nightly_rows

_FIRST_YEAR, _LAST_YEAR = 2025, 2100
_STEP_S = 0.02
_FULL, _SHORT = 64 << 20, 1 << 30
_FEW_INODES = 1_000
_EMPTY_ARRAYS = (4, 4)


def surroundings_rows(machine: Machine) -> tuple[Row, ...]:
    """A line for each thing."""
    python = machine.python
    return (
        _clock(machine.clock),
        *map(_room, machine.rooms),
        _git(machine.git),
        *_shells(machine.shells),
        Row(Grade.OK, "python", f"{python.version} ({python.executable}), gatekeeper {python.ours}"),
        _dumps(machine.dumps),
        *nightly_rows(machine.nightly),
    )


def _clock(clock: Clock | Unanswered) -> Row:
    name = "clock"
    match clock:
        case Unanswered() as answer:
            return unanswered(name, answer)
        case Clock(year) if not _FIRST_YEAR <= year < _LAST_YEAR:
            advice = "set it: journals, logs and certificates go by this clock"
            return Row(Grade.WRONG, name, f"it is the year {year}", advice)
        case Clock(_, drift_s, looked_s) if abs(drift_s) > _STEP_S:
            found = f"it jumped by {drift_s * 1000:+.0f} ms within {looked_s * 1000:.0f} ms"
            return Row(Grade.LOOK, name, found, "deadlines are not touched by that, times in the log are; who sets it?")
        case Clock(synchronised=False):
            advice = "timedatectl set-ntp true, or chrony; in a container or a virtual machine the host may keep it"
            return Row(Grade.LOOK, name, "runs evenly, but the kernel says that nobody keeps it (no NTP)", advice)
        case Clock(synchronised=None):
            return Row(Grade.OK, name, "runs evenly; whether NTP keeps it is not told here")
        case Clock():
            return Row(Grade.OK, name, "runs evenly, kept by NTP")


def _room(room: Room | Unanswered) -> Row:
    match room:
        case Unanswered() as answer:
            return unanswered("disk", answer, Grade.WRONG)
        case Room(what, path, problem=problem) if problem:
            return Row(Grade.WRONG, f"disk for {what}", f"{path}: {problem}")
        case Room(what, path, free, inodes):
            few = inodes is not None and inodes < _FEW_INODES
            found = f"{size(free)} free at {path}" + (f", but only {inodes} more files" if few else "")
            if free < _FULL or few:
                return Row(Grade.WRONG, f"disk for {what}", found, f"make room: {size(_FULL)} is the least")
            if free < _SHORT:
                return Row(Grade.LOOK, f"disk for {what}", found, f"the output of one step may take {size(_SHORT)}")
            return Row(Grade.OK, f"disk for {what}", found)


def size(number: int) -> str:
    """``12.3 GiB``, ``64 MiB``."""
    for unit, scale in (("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20)):
        if number >= scale:
            return f"{number / scale:.1f} {unit}".replace(".0 ", " ")
    return f"{number // 1024} KiB"


def _git(git: Git | Unanswered) -> Row:
    name = "git"
    instead = "until then all files of a tree are read, each time"
    match git:
        case Unanswered() as answer:
            return unanswered(name, answer)
        case Git(version="", problem=problem):
            return Row(Grade.LOOK, name, problem, f"install it; {instead}")
        case Git(version, _, problem) if problem:
            trust = "git config --global --add safe.directory FOLDER; " if "dubious ownership" in problem else ""
            return Row(Grade.LOOK, name, f"{version}; here: {problem}", f"{trust}{instead}")
        case Git(version, top):
            return Row(Grade.OK, name, f"{version}; {top or 'no repository here'}")


def _shells(shells: Shells | Unanswered) -> tuple[Row, ...]:
    if isinstance(shells, Unanswered):
        return (unanswered("bash", shells, Grade.WRONG),)
    missing = "" if shells.sh else "there is no /bin/sh"
    sh = present("sh", missing, f"/bin/sh is {shells.sh}", Grade.LOOK, "most scripts begin with it")
    if not shells.bash:
        return Row(Grade.WRONG, "bash", "not on PATH", "install it: what `run:` says as text is given to bash"), sh
    if _numbers(shells.bash) < _EMPTY_ARRAYS:
        advice = "before 4.4 an empty array counts as unset, and steps run with `set -u`: install a newer one"
        return Row(Grade.LOOK, "bash", shells.bash, advice), sh
    return Row(Grade.OK, "bash", shells.bash), sh


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("(")[0].split(".")[:2] if part.isdecimal())


def _dumps(dumps: StackDumps | Unanswered) -> Row:
    name = "py-spy"
    match dumps:
        case Unanswered() as answer:
            return unanswered(name, answer, Grade.NOTE)
        case StackDumps("", _):
            return Row(Grade.NOTE, name, "not there", "pip install py-spy: it shows where a hanging Python program is")
        case StackDumps(path, scope) if scope is not None and scope > 1:
            return Row(
                Grade.NOTE, name, f"{path}, but sysctl kernel.yama.ptrace_scope is {scope}: root alone may use it"
            )
        case StackDumps(path):
            return Row(Grade.OK, name, path)
