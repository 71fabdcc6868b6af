"""Owns `gatekeeper cron install` and `uninstall`: showing what is written, writing it, taking it out whole."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

from gatekeeper.adapters.definition.cache import load_cached
from gatekeeper.adapters.nightly.crontab import write_crontab
from gatekeeper.adapters.nightly.daemon import cron_daemon
from gatekeeper.adapters.nightly.heartbeats import heartbeats, read_heartbeat, write_heartbeat
from gatekeeper.adapters.nightly.user_units import lingers, remove_units, units_folder, write_units
from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.nightly.installed import installed
from gatekeeper.cli.nightly.words import cycles_of, jitter_of, offset_at, offsets_of_a_year, timetable_of, when_next
from gatekeeper.cli.project import definition_path, require_root, state_folder
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.errors import EnvironmentFault, UsageError
from gatekeeper.policy.nightly.calling import LONGEST, Call, cron_command
from gatekeeper.policy.nightly.crontab import block_of, with_block, without_block
from gatekeeper.policy.nightly.due import clock_changes
from gatekeeper.policy.nightly.heartbeat import Heartbeat
from gatekeeper.policy.nightly.units import units_of

REFUSED = 1
_TRY_WITHIN_S = 20.0


def install(arguments: argparse.Namespace) -> int:
    """Show what is to be written, and write it. Raises the errors of `gatekeeper.model.errors`."""
    root = require_root(os.getcwd())
    delay_s = jitter_of(arguments.jitter)
    call = _call(root, arguments, delay_s)
    there = installed(root)
    for cycles in there.entries:
        if cycles != call.cycles and (both := [cycle for cycle in call.cycles if cycle in cycles]):
            together = " ".join(cycles)
            return _refuse(f"{both[0]} is called already ({together}). First: gatekeeper cron uninstall {both[0]}")
    _try_command(call)
    if arguments.systemd:
        if any(block.cycles == call.cycles for block in there.blocks):
            return _refuse("these cycles are in the crontab. First: gatekeeper cron uninstall " + " ".join(call.cycles))
        units = units_of(call, delay_s)
        for kind, text in (("timer", units.timer), ("service", units.service)):
            print(f"{os.path.join(units_folder(), units.stem)}.{kind}:\n")
            print(_indented(text))
    else:
        if there.problem:
            return _refuse(there.problem)
        if any(timer.cycles == call.cycles for timer in there.timers):
            return _refuse("these cycles have a timer. First: gatekeeper cron uninstall " + " ".join(call.cycles))
        block = block_of(call, offsets_of_a_year())
        print("in the crontab:\n")
        print(_indented(block.text))
    _tell_when(call, delay_s)
    for cycles in there.entries:
        if cycles != call.cycles:
            print(f"Beside it stands {' '.join(cycles)}: of two that come at one time the second finds the tree held.")
    if arguments.dry_run:
        print("\nnothing was written (--dry-run)")
        return OK
    if arguments.systemd:
        refused = write_units(units)
        _expect(call, delay_s)
        return _told_of_systemd(refused)
    write_crontab(with_block(there.crontab, block), there.crontab)
    _expect(call, delay_s)
    print("\nwritten; to take it out again: gatekeeper cron uninstall")
    if not cron_daemon():
        print("No cron daemon runs here now: until one does, nothing is called (systemctl enable --now cron).")
    return OK


def uninstall(arguments: argparse.Namespace) -> int:
    """Take out what is there for this project. Raises `EnvironmentFault`."""
    root = require_root(os.getcwd())
    there = installed(root)
    wanted = set(arguments.cycle)
    blocks = [block for block in there.blocks if not wanted or wanted & set(block.cycles)]
    timers = [timer for timer in there.timers if not wanted or wanted & set(timer.cycles)]
    if there.problem and not timers:
        return _refuse(there.problem)
    for block in blocks:
        print(f"out of the crontab:\n\n{_indented(block.text)}")
    for timer in timers:
        print(f"out of {units_folder()}:\n\n  {timer.stem}.timer\n  {timer.stem}.service\n")
    entries = (*(block.cycles for block in blocks), *(timer.cycles for timer in timers))
    gone = wanted.union(*entries)
    if not entries:
        print("nothing is installed here" + (f" for {', '.join(arguments.cycle)}" if wanted else ""))
        # Somebody may have taken the block out by hand: then its runs are not missing any more either.
        if not arguments.dry_run:
            _expect_no_more(root, gone)
        return OK
    if arguments.dry_run:
        print("nothing was changed (--dry-run)")
        return OK
    if blocks:
        text = there.crontab
        for block in blocks:
            text = without_block(text, block)
        write_crontab(text, there.crontab)
    refused = [said for timer in timers if (said := remove_units(timer.stem))]
    _expect_no_more(root, gone if wanted else set())
    print("taken out")
    if refused:
        print(f"systemd did not answer ({refused[0]}); it forgets the timer when it starts again", file=sys.stderr)
    return OK


def _call(root: str, arguments: argparse.Namespace, delay_s: float) -> Call:
    if any(character in root for character in "\n\r"):
        raise UsageError(f"a crontab cannot hold a path with the end of a line in it: {root!r}")
    cycles = cycles_of(root, arguments.cycle)
    cache = os.path.join(state_folder(root), "cache")
    # Also because a definition that is wrong is better told of now than in the night.
    plans = [load_cached(definition_path(root, cycle), root=root, cache=cache) for cycle in cycles]
    call = Call(
        root,
        cycles,
        timetable_of(arguments.at, utc=arguments.utc)._replace(skipping=arguments.systemd),
        os.path.abspath(sys.executable),
        _path_of_now(),
        arguments.jitter if delay_s else "",
        sum(plan.until_green.within_s for plan in plans),
    )
    if not arguments.systemd and (long := len(cron_command(call, if_due=True))) > LONGEST:
        raise UsageError(
            f"the line would have {long} characters, and cron takes {LONGEST}: most of it is PATH. Give a shorter one: "
            "PATH=/usr/local/bin:/usr/bin:/bin gatekeeper cron install …"
        )
    return call


def _path_of_now() -> str:
    """The folders of PATH that are there, each once, with their whole names."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(dict.fromkeys(each for each in folders if os.path.isabs(each) and os.path.isdir(each)))


def _try_command(call: Call) -> None:
    """Start it once as cron would, to see that it starts at all."""
    environ = {"PATH": call.path, "SHELL": "/bin/sh", "HOME": os.path.expanduser("~")}
    try:
        done = subprocess.run(
            [call.python, "-P", "-m", "gatekeeper", "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TRY_WITHIN_S,
            check=False,
            cwd=call.root,
            env=environ,
        )
        said = "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
    except (OSError, subprocess.TimeoutExpired) as fault:
        said = str(fault)
    if said:
        raise EnvironmentFault(
            f"with the environment that cron gives, gatekeeper does not start ({said}). Install it into a virtual "
            "environment, and call the one that lies there."
        )


def _tell_when(call: Call, delay_s: float) -> None:
    late = f", and up to {call.jitter} later" if delay_s else ""
    print(f"next: {when_next(call.table)}{late}")
    for change in clock_changes(call.table, time.time(), offset_at):
        day, _, hour = change.when.partition(" ")
        if change.how == "skipped":
            then = "it does not run" if call.table.skipping else "it runs when the clock is set forward"
            print(f"On {day} there is no {hour} here: {then}. --utc has no such days.")
        else:
            print(f"On {day} it is {hour} twice here: it runs the first time. --utc has no such days.")
    print("PATH is the one of now, and steps see no other; variables of your shell's profile are not there.")


def _expect(call: Call, delay_s: float) -> None:
    state = state_folder(call.root)
    now = SystemClock().now()
    for cycle in call.cycles:
        beat = read_heartbeat(state, cycle) or Heartbeat(cycle)
        anew = beat._replace(at=call.table.written, utc=call.table.utc, skipping=call.table.skipping, jitter_s=delay_s)
        write_heartbeat(state, anew if anew == beat else anew._replace(since=now))


def _expect_no_more(root: str, cycles: set[str]) -> None:
    """Nobody waits for these cycles any more; for none at all, where none is named."""
    for beat in heartbeats(state_folder(root)):
        if beat.at and (not cycles or beat.cycle in cycles):
            write_heartbeat(state_folder(root), beat._replace(at="", next=""))


def _told_of_systemd(refused: str) -> int:
    if refused:
        print(f"\nwritten, but systemd did not take it: {refused}\n  once it answers: systemctl --user daemon-reload")
        return EXIT_REFUSED_BY_SYSTEMD
    print("\nwritten and switched on; to take it away again: gatekeeper cron uninstall")
    if not lingers():
        print("It runs while you are logged in. For the nights: loginctl enable-linger")
    return OK


EXIT_REFUSED_BY_SYSTEMD = 3


def _refuse(why: str) -> int:
    print(f"gatekeeper: {why}", file=sys.stderr)
    return REFUSED


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" if line else "\n" for line in text.splitlines())
