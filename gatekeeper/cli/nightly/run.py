"""Owns `gatekeeper cron run`: cycles that run while nobody looks, and what is said when there is something to say."""

from __future__ import annotations

import argparse
import os
import random
import select
import signal
import sys
import time
from contextlib import ExitStack

from gatekeeper.adapters.definition.cache import load_cached
from gatekeeper.adapters.journal.runs import RunEnd, last_verdict
from gatekeeper.adapters.nightly.heartbeats import BeatLock, is_news, read_heartbeat, write_heartbeat
from gatekeeper.adapters.nightly.ping import Word, ping
from gatekeeper.cli.exit_codes import INTERNAL, LOCKED, OK, code_of
from gatekeeper.cli.last_definition import changed_since_last
from gatekeeper.cli.nightly.words import cycles_of, jitter_of, offset_at, timetable_of
from gatekeeper.cli.project import definition_path, require_root, state_folder
from gatekeeper.cli.room import room_wanted
from gatekeeper.cli.run import run_cycle
from gatekeeper.cli.run_request import RunRequest
from gatekeeper.cli.signals import EXIT_CODES, Signals
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.errors import GatekeeperError, LockHeld
from gatekeeper.policy.nightly.due import next_due
from gatekeeper.policy.nightly.heartbeat import Heartbeat, due_since, iso, missed, shown

_STOPPED = frozenset(EXIT_CODES.values())
_LEAST_ROOM = "1GiB"


def main(arguments: argparse.Namespace) -> int:
    """Run the cycles in order; the exit code is the first that is not 0. Raises `UsageError` and `EnvironmentFault`."""
    root = require_root(arguments.folder or os.getcwd())
    os.chdir(root)
    os.dup2(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC), 0)
    calling = _Calling(root, arguments)
    with ExitStack() as closing:
        for cycle in calling.cycles:
            try:
                lock = BeatLock(calling.state, cycle)
            except LockHeld as held:
                # Whoever holds it writes its heartbeat; what came meanwhile is only told.
                return LOCKED if arguments.if_due else calling.tell_held(cycle, held)
            closing.callback(lock.close)
        calling.look_back()
        if arguments.if_due and not calling.is_due():
            return OK
        return calling.run()


class _Calling:
    """One call by cron: its cycles with what was heard of them before."""

    def __init__(self, root: str, arguments: argparse.Namespace) -> None:
        self.root, self.state = root, state_folder(root)
        self.cycles = cycles_of(root, arguments.cycle)
        self._table = timetable_of(arguments.at, utc=arguments.utc) if arguments.at else None
        self._jitter_s = jitter_of(arguments.jitter)
        self._least_free = room_wanted(arguments.min_free, _LEAST_ROOM)
        # Taken away: whatever a step prints of its environment is kept, and whoever knows it can say that all is well.
        from_environment = os.environ.pop("GATEKEEPER_PING_URL", "").split()
        self._addresses = tuple(arguments.ping or from_environment)
        self._clock = SystemClock()
        self._beats: dict[str, Heartbeat] = {}

    def look_back(self) -> None:
        """Read what was heard before, and take in when it is expected from now on."""
        for cycle in self.cycles:
            beat = read_heartbeat(self.state, cycle) or Heartbeat(cycle)
            if self._table is not None and (beat.at, beat.utc) != (self._table.written, self._table.utc):
                # Expected anew: what was due by another timetable is not missing.
                beat = beat._replace(at=self._table.written, utc=self._table.utc, since=self._clock.now())
            # systemd waits in our place, and does not tell for how long.
            self._beats[cycle] = beat._replace(jitter_s=max(self._jitter_s, beat.jitter_s))

    def is_due(self) -> bool:
        """Whether one of the cycles was due since it was last called; what is expected is written down if not."""
        now = time.time()
        if any(True for beat in self._beats.values() for _ in due_since(beat, now, offset_at)):
            return True
        for beat in self._beats.values():
            if read_heartbeat(self.state, beat.cycle) != beat:
                write_heartbeat(self.state, beat)
        return False

    def tell_held(self, cycle: str, held: LockHeld) -> int:
        """Say that another one is at it: once of each."""
        if is_news(self.state, cycle, str(held)):
            print(f"gatekeeper: {cycle} did not run: {held}\n  This is said once of each run that is in the way.")
        return LOCKED

    def run(self) -> int:
        """Tell what is missing, wait by chance, run one after the other."""
        now = time.time()
        for beat in tuple(self._beats.values()):
            self._tell_past(beat, now)
            self._begin(beat._replace(called=iso(now), next=self._next(beat, now)))
        signals = Signals()
        signals.install()
        code = OK
        try:
            wait(random.uniform(0, self._jitter_s), signals)  # noqa: S311 - it only spreads the load
            for cycle in self.cycles:
                ended = EXIT_CODES[signals.early] if signals.early else self._run_one(cycle, signals)
                code = code or ended
                if ended in _STOPPED:
                    break
        finally:
            signals.settle()
        return code

    def _run_one(self, cycle: str, signals: Signals) -> int:
        before = last_verdict(self.state, cycle)
        beat = self._beats[cycle]._replace(started=self._clock.now(), finished="", run="", verdict="", ping="")
        self._hear(beat)
        self._ping(beat, "start")
        code = INTERNAL
        try:
            self._tell_changed(cycle)
            code = run_cycle(self._request(cycle), signals)
        except LockHeld as held:
            code = self.tell_held(cycle, held)
        except GatekeeperError as fault:
            # The others are to run all the same.
            print(f"gatekeeper: {cycle}: {fault}", file=sys.stderr)
            code = code_of(fault)
        finally:
            self._ended(cycle, code, before)
        return code

    def _tell_changed(self, cycle: str) -> None:
        path = definition_path(self.root, cycle)
        plan = load_cached(path, root=self.root, cache=os.path.join(self.state, "cache"))
        if changed := changed_since_last(self.state, plan):
            print(f"gatekeeper: {changed}")

    def _ended(self, cycle: str, code: int, before: RunEnd | None) -> None:
        end = last_verdict(self.state, cycle)
        began = end if end != before else None
        beat = self._beats[cycle]._replace(
            finished=self._clock.now(),
            run=began.run if began else "",
            verdict=began.verdict if began else "",
            exit_code=code,
            next=self._next(self._beats[cycle], time.time()),
        )
        self._hear(beat)
        if code != LOCKED:
            # Whoever waits for a word of a run that was held up gets none: it did not take place.
            self._ping(beat, "fail" if code else "success")

    def _request(self, cycle: str) -> RunRequest:
        return RunRequest(
            root=self.root,
            path=definition_path(self.root, cycle),
            only=(),
            jobs=1,
            rounds=None,
            overrides=(),
            format="quiet",
            verbose=False,
            least_free=self._least_free,
        )

    def _tell_past(self, beat: Heartbeat, now: float) -> None:
        if gone := missed(beat, now, offset_at):
            print(f"gatekeeper: {gone}", file=sys.stderr)
        # We hold the lock, so whoever wrote this is gone.
        if beat.started and not beat.finished:
            print(
                f"gatekeeper: the run of {beat.cycle} that began {shown(beat.started)} never came to its end: "
                "its process died, or the machine went down",
                file=sys.stderr,
            )

    def _hear(self, beat: Heartbeat) -> None:
        """Write down what was heard. When it is expected stays as it stands there: somebody may uninstall it."""
        if there := read_heartbeat(self.state, beat.cycle):
            following = beat.next if there.at else ""
            beat = beat._replace(at=there.at, utc=there.utc, skipping=there.skipping, since=there.since, next=following)
        self._begin(beat)

    def _begin(self, beat: Heartbeat) -> None:
        self._beats[beat.cycle] = beat
        write_heartbeat(self.state, beat)

    def _next(self, beat: Heartbeat, now: float) -> str:
        table = beat.timetable
        due = next_due(table, now, offset_at) if table is not None else None
        return iso(due) if due is not None else ""

    def _ping(self, beat: Heartbeat, word: Word) -> None:
        about = f"{beat.cycle}: {beat.verdict or word}"
        problems = [problem for address in self._addresses if (problem := ping(address, word, about))]
        if problems:
            self._hear(beat._replace(ping="; ".join(problems)))


def wait(seconds: float, signals: Signals) -> None:
    """Wait, but no longer than until somebody asks for an end."""
    if seconds <= 0:
        return
    ear, mouth = os.pipe()
    os.set_blocking(mouth, False)
    former = signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
    try:
        if not signals.early:
            select.select([ear], [], [], seconds)
    finally:
        signal.set_wakeup_fd(former)
        os.close(ear)
        os.close(mouth)
