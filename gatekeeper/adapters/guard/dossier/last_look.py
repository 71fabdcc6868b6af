"""Owns the last look at a command that is about to be ended at its limit: before the grace, and after it.

All of it together takes at most `WITHIN_S`. The guardian imports this some moments before a limit is reached: the way
of a command that ends by itself does not pay for it.
"""

from __future__ import annotations

import os
import signal
import time

from gatekeeper.adapters.guard.dossier import looking, stacks
from gatekeeper.adapters.guard.helpers.watch import Watch
from gatekeeper.adapters.guard.leftovers import kill_ladder
from gatekeeper.adapters.guard.messages.sight import Sight
from gatekeeper.adapters.guard.messages.wire import KILL, Report
from gatekeeper.adapters.guard.system import files, procfs

WITHIN_S = 2.0
_LOOK_WITHIN_S = 1.4
_ONE_ANSWER_WITHIN_S = 0.6
_DYING_WITHIN_S = 0.25
_SETTLED_S = 0.03
_GLIMPSE_WITHIN_S = 0.1
_TAIL = 8 * 1024
_DUMP = 256 * 1024
_ASKED = 6


class LastLook:
    """What one command was doing when its time was over."""

    def __init__(self, watch: Watch, output: str) -> None:
        self._watch = watch
        self._output = output
        self._before: looking.Glance | None = None
        self._after_dump = 0
        self._spoken = ""
        self._words: dict[int, signal.Signals] = {}
        self._asked: set[int] = set()

    def glance(self) -> None:
        """The first of two looks: who is there, and how much processor time they have used."""
        self._before = looking.Glance(looking.tree(os.getpid(), self._watch.reaper.leader))

    def look(self, report: Report) -> None:
        """The second look, and the dumps that end nobody early: fills in `sights`, `unfinished` and `spoken`."""
        until = time.monotonic() + _LOOK_WITHIN_S
        size = self._size()
        self._spoken = self._text(max(0, size - _TAIL), size)
        self._after_dump = size
        report.unfinished = self._spoken.rpartition("\n")[2]
        pids = looking.tree(os.getpid(), self._watch.reaper.leader)
        report.sights = looking.sights(pids, self._before, until)
        self._name_runtimes(report.sights, until)
        asked = self._ask_the_living(report.sights, until)
        if self._ask_who_hears_no_grace(report.sights, until) or asked:
            self._after_dump = self._size()
            report.spoken = self._spoken

    def glimpse(self, report: Report) -> None:
        """The only look at those who were stopped for it and are killed next: fills in `sights`."""
        # Finding them may have taken all its time on a busy machine: seeing them has its own.
        pids = looking.tree(os.getpid(), self._watch.reaper.leader, _GLIMPSE_WITHIN_S)
        until = time.monotonic() + _GLIMPSE_WITHIN_S
        report.sights = looking.sights(pids, None, until)
        for sight in report.sights:
            if sight.state == "T" and sight.stopped_by in (0, signal.SIGSTOP):
                # That was us, and says nothing of it.
                sight.state, sight.stopped_by = "", 0

    def last_words(self, report: Report) -> None:
        """The grace is over: those who tell only when they die, and still live, are asked now."""
        until = time.monotonic() + _DYING_WITHIN_S
        told = self._text(max(self._after_dump, self._size() - _TAIL))
        for sight in report.sights:
            if not sight.runtime or sight.stack or time.monotonic() > until or self._watch.told == KILL:
                continue
            number = stacks.dying_word(sight) if procfs.is_alive(sight.pid, sight.start) else None
            if number is None:
                continue
            if self._ask_to_die(sight, number, until):
                report.spoken = ""
        if report.spoken is not None:
            report.spoken = (self._spoken + told)[-_TAIL:]
        spy = bool(stacks.py_spy())
        for sight in report.sights:
            if not sight.stack and not sight.note:
                word = self._words.get(sight.pid)
                sight.note = stacks.no_stack(sight, spy=spy, word=word, asked=sight.pid in self._asked)

    def _name_runtimes(self, sights: tuple[Sight, ...], until: float) -> None:
        for sight in sights:
            if time.monotonic() < until and sight.state != "D":
                sight.runtime = stacks.runtime_of(sight.pid)
                if word := stacks.dying_word(sight):
                    self._words[sight.pid] = word

    def _ask_the_living(self, sights: tuple[Sight, ...], until: float) -> bool:
        """Have those dump their stacks that go on afterwards; True when something may be in the output."""
        spy = stacks.py_spy()
        asked = False
        for sight in [one for one in sights if one.runtime][:_ASKED]:
            answer_until = min(until, time.monotonic() + _ONE_ANSWER_WITHIN_S)
            if sight.runtime == stacks.PYTHON and spy:
                sight.stack = stacks.spied(spy, sight.pid, answer_until)
            elif stacks.tells_and_goes_on(sight):
                at = self._size()
                if kill_ladder.signal_one(sight.pid, sight.start, (signal.SIGQUIT,)):
                    asked = True
                    self._await_settled(at, answer_until)
                    sight.stack = _lines(self._text(at))
            elif stacks.writes_report(sight) and kill_ladder.signal_one(sight.pid, sight.start, (signal.SIGUSR2,)):
                sight.note = "it was asked for its report: a file report.*.json in its folder, named in its output"
                asked = True
                self._await_settled(self._size(), answer_until)
        return asked

    def _ask_who_hears_no_grace(self, sights: tuple[Sight, ...], until: float) -> bool:
        """Those whom SIGTERM is about to end at once are asked before it; True when something may be in the output.

        The others of their group stand still until SIGTERM comes: a shell must not go on to its next command.
        """
        reaper = self._watch.reaper
        lost = [
            sight
            for sight in sights
            if self._words.get(sight.pid) == signal.SIGABRT
            and not sight.stack
            and sight.state not in "TtD"
            and stacks.dies_of_sigterm(sight.pid, reaper.leader)
        ]
        if lost:
            kill_ladder.signal_group(reaper, (signal.SIGSTOP,))
        for sight in lost[:_ASKED]:
            if time.monotonic() < until and self._watch.told != KILL:
                self._ask_to_die(sight, signal.SIGABRT, min(until, time.monotonic() + _DYING_WITHIN_S))
        return bool(lost)

    def _ask_to_die(self, sight: Sight, number: signal.Signals, until: float) -> bool:
        at = self._size()
        if not stacks.ask_to_die(sight, number):
            return False
        self._asked.add(sight.pid)
        self._await_death(sight, until)
        sight.stack = _lines(self._text(at))
        return True

    def _await_settled(self, size: int, until: float) -> None:
        """Until the output has grown beyond `size` and then rests."""
        grown = size
        rests_at = until
        while (now := time.monotonic()) < min(until, rests_at):
            self._watch.wait(min(until, now + 0.01))
            found = self._size()
            if found > grown:
                grown, rests_at = found, time.monotonic() + _SETTLED_S

    def _await_death(self, sight: Sight, until: float) -> None:
        while procfs.is_alive(sight.pid, sight.start) and time.monotonic() < until:
            self._watch.wait(min(until, time.monotonic() + 0.005))
        # Where its output does not go straight to the file, the last of it is still under way.
        self._watch.wait(time.monotonic())

    def _size(self) -> int:
        try:
            return os.stat(self._output).st_size
        except OSError:
            return 0

    def _text(self, start: int, end: int = 1 << 62) -> str:
        try:
            descriptor = files.open_ordinary(self._output, os.O_RDONLY)
        except OSError:
            return ""
        try:
            return os.pread(descriptor, max(0, min(_DUMP, end - start)), start).decode(errors="replace")
        except OSError:
            return ""
        finally:
            os.close(descriptor)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line[:300] for line in text.splitlines()[: stacks.LINES])
