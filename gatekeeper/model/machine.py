"""Owns what was found of a machine when it was looked at, one record a question. Knows no grade and no advice."""

from typing import Literal

from gatekeeper.model.record import NamedTuple


class Unanswered(NamedTuple):
    """A question that was not answered in its time, or whose asking failed; `why` in words."""

    why: str


class Host(NamedTuple):
    """Whom and what we look at. `systemd` tells whether it manages this system; `container` names one, or is empty."""

    platform: str
    system: str
    kernel: str
    user: str
    root: bool
    container: str = ""
    systemd: bool = False


class Leaf(NamedTuple):
    """Making a cgroup v2 leaf, putting a process into it, killing it there and removing it: how far that went.

    `folder` is the group in which leaves would be made, where there is one. The states are the obstacles in order: no
    cgroup v2 is mounted; our own group lies outside of what is mounted; the mount is read-only; a leaf may not be made;
    it takes no processes; the kernel cannot kill it; a process could not be put into it, or lived on.
    """

    state: Literal["works", "not-mounted", "outside", "read-only", "refused", "wrong-type", "no-kill", "failed"]
    folder: str = ""
    detail: str = ""


class Delegation(NamedTuple):
    """Whether systemd really gives a group of one's own; `command` is what was tried, empty for nothing."""

    command: str
    works: bool
    detail: str = ""


class Controllers(NamedTuple):
    """The controllers by which the kernel would hold a step as a whole: those of cgroup v2, and those of version 1."""

    v2: tuple[str, ...] = ()
    v1: tuple[str, ...] = ()


class GuardTrial(NamedTuple):
    """A guarded command that left a daemon behind. `layers` held it, `caught_by` is the one that found the daemon.

    `gone` tells whether the daemon was gone when the guard returned; `problem` says what kept the trial from being one.
    """

    layers: tuple[str, ...]
    caught_by: str = ""
    gone: bool = False
    problem: str = ""


class Cookie(NamedTuple):
    """Whether a process was found by the mark in its environment. `hidepid` is /proc's mount option, or empty."""

    found: bool
    hidepid: str = ""


class StateFolder(NamedTuple):
    """Where runs and their ledgers lie: written to and locked for a trial. `project` is False outside of any."""

    folder: str
    project: bool
    problem: str = ""


class Namespaces(NamedTuple):
    """Whether a user and a pid namespace could be had, by trying it; `blocked_by` is where a refusal may come from."""

    works: bool
    tried: str
    blocked_by: tuple[str, ...] = ()
    detail: str = ""


class Kernel(NamedTuple):
    """Small things of the kernel: each empty where it is there, and otherwise why not."""

    subreaper: str = ""
    pidfd: str = ""
    children: str = ""
    inotify: str = ""


class Clock(NamedTuple):
    """The wall clock. `drift_s` is how far it ran from the monotonic one while we looked for `looked_s`.

    `synchronised` is what the kernel says of NTP; None where it says nothing.
    """

    year: int
    drift_s: float
    looked_s: float
    synchronised: bool | None = None


class Room(NamedTuple):
    """Bytes that are free for us on the disk under `path`, and inodes (None where the file system counts none)."""

    what: str
    path: str
    free: int
    inodes: int | None = None
    problem: str = ""


class Git(NamedTuple):
    """`version` is empty where there is none. `top` is the repository around here; `problem` what git said instead."""

    version: str
    top: str = ""
    problem: str = ""


class Shells(NamedTuple):
    """The version of bash on PATH, and what /bin/sh is; empty where there is none."""

    bash: str
    sh: str


class Python(NamedTuple):
    """The interpreter that runs us, and our own version."""

    version: str
    executable: str
    ours: str


class StackDumps(NamedTuple):
    """Where py-spy lies, or empty; `ptrace_scope` is Yama's setting, None where there is none."""

    py_spy: str
    ptrace_scope: int | None = None


class Nightly(NamedTuple):
    """What calls this project's cycles by itself, a line each, and the cron daemon that runs (empty: none was seen).

    `by_cron` tells that one is needed, `lingers` whether timers fire while nobody is logged in; None: there is none.
    `missing` are runs that should have come. `problem` is why the crontab could not be looked at.
    """

    calls: tuple[str, ...] = ()
    by_cron: bool = False
    daemon: str = ""
    lingers: bool | None = None
    missing: tuple[str, ...] = ()
    problem: str = ""


class Linux(NamedTuple):
    """What only Linux is asked for. `bare` is the trial of a guardian without a leaf."""

    leaf: Leaf | Unanswered
    delegation: Delegation | Unanswered
    bare: GuardTrial | Unanswered
    cookie: Cookie | Unanswered
    namespaces: Namespaces | Unanswered
    controllers: Controllers | Unanswered
    kernel: Kernel | Unanswered


class Machine(NamedTuple):
    """All that was found. `trial` is the guard's as a run would have it. `nightly` is None outside of a project."""

    host: Host
    trial: GuardTrial | Unanswered
    state: StateFolder | Unanswered
    rooms: tuple[Room | Unanswered, ...]
    clock: Clock | Unanswered
    git: Git | Unanswered
    shells: Shells | Unanswered
    python: Python
    dumps: StackDumps | Unanswered
    linux: Linux | None = None
    nightly: Nightly | Unanswered | None = None
