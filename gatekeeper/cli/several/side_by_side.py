"""Owns running several cycles at once: which may, each as a process of its own, and one answer for all of them."""

from __future__ import annotations

import os
import selectors
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from types import FrameType

from gatekeeper.adapters.definition.cache import load_cached
from gatekeeper.adapters.journal.line import NotALine, entry_of, parse
from gatekeeper.cli.at_commit import bound_here
from gatekeeper.cli.exit_codes import INCONCLUSIVE, OK
from gatekeeper.cli.isolating import snapshots_of, tops_in_git
from gatekeeper.cli.judging import judged_by
from gatekeeper.cli.leftovers import tidy
from gatekeeper.cli.opening import require_environment
from gatekeeper.cli.project import state_folder
from gatekeeper.cli.run_request import RunRequest
from gatekeeper.cli.several.child_run import ChildRun
from gatekeeper.cli.several.one_of_several import order_line
from gatekeeper.cli.several.views import view_of
from gatekeeper.cli.signals import EXIT_CODES, REASONS
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.errors import EnvironmentFault, JournalError, UsageError
from gatekeeper.model.plan import Plan
from gatekeeper.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.adapters.console.several import SeveralConsole

_LOOK_S = 0.2
"""How often it is looked whether a process has ended whose pipes somebody else keeps open."""


class Cycle(NamedTuple):
    """A cycle to be run, and its plan as it is now."""

    request: RunRequest
    plan: Plan


def run_side_by_side(requests: Sequence[RunRequest], at: str, most: int) -> int:
    """Run the cycles, `most` at a time, begun in the order named; the exit code is the first that is not 0.

    All of them are isolated, or on the commit `at`, save one at most: a working tree takes one run at a time. What
    is isolated has the tree as it is now, also what begins later.

    Raises the errors of `gatekeeper.model.errors`; then nothing was started.
    """
    cycles = _with_snapshots([_cycle(request, at) for request in requests], at)
    state = state_folder(requests[0].root)
    secret = {os.environ[name] for cycle in cycles for name in cycle.plan.secrets if name in os.environ}
    names = [cycle.plan.cycle for cycle in cycles]
    view = view_of(requests[0].format, names, lambda run: os.path.join(state, "runs", run), secret)
    orders = [order_line(cycle.request._replace(format="json"), at) for cycle in cycles]
    with ExitStack() as closing:
        closing.callback(view.close)
        beside = _Beside(orders, view, most)
        closing.callback(beside.close)
        codes = beside.run()
        if beside.killed:
            for line in tidy(state, SystemClock().now):
                print(f"gatekeeper: {line}", file=sys.stderr)
        view.finish()
    return next((code for code in codes if code != OK), OK)


def _cycle(request: RunRequest, at: str) -> Cycle:
    if at:
        # By its own definition, which only its worktree will hold.
        judged_at = request._replace(judge_by=request.judge_by or at)
        definition = judged_by(judged_at).definition
    else:
        definition = judged_by(request).definition
    cache = os.path.join(state_folder(request.root), "cache")
    plan = load_cached(request.path, root=request.root, cache=cache, content=definition)
    require_environment(plan, os.environ)
    return Cycle(request, plan)


def _with_snapshots(cycles: Sequence[Cycle], at: str) -> list[Cycle]:
    if at:
        return list(cycles)
    isolated = [cycle.request.isolate or cycle.plan.isolate for cycle in cycles]
    in_place = [cycle.plan.cycle for cycle, apart in zip(cycles, isolated, strict=True) if not apart]
    if len(in_place) > 1:
        raise UsageError(
            f"{', '.join(in_place)} would run in one working tree, and that takes one run at a time; add --isolate "
            "(each has a worktree of its own), --at REV, or `isolate: true` in all but one of their definitions"
        )
    return [_held(cycle) if apart else cycle for cycle, apart in zip(cycles, isolated, strict=True)]


def _held(cycle: Cycle) -> Cycle:
    request, plan = cycle
    bound = bound_here(plan, request)
    tops = tops_in_git(bound, os.path.realpath(request.root))
    return Cycle(request._replace(isolate=True, snapshots=snapshots_of(tops, bound.leave_out)), plan)


class _Beside:
    """The processes. `killed` tells that one died of a signal that nobody sent from here."""

    def __init__(self, orders: Sequence[bytes], view: SeveralConsole, most: int) -> None:
        self._orders = orders
        self._view = view
        self._most = most
        self._running: dict[int, ChildRun] = {}
        self._said_last: dict[int, str] = {}
        self._codes: dict[int, int] = {}
        self._next = 0
        self._heard: list[int] = []
        self._stopped = 0
        self.killed = False
        self._selector = selectors.DefaultSelector()
        self._wakeup, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        self._selector.register(self._wakeup, selectors.EVENT_READ)

    def run(self) -> list[int]:
        """Run all to their ends; their exit codes in the order of the orders."""
        before = self._hear()
        try:
            while self._next < len(self._orders) or self._running:
                self._pass_on()
                self._start_what_may()
                self._read()
                for cycle, child in tuple(self._running.items()):
                    if child.has_ended:
                        self._end(cycle, child)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return [self._codes[cycle] for cycle in range(len(self._orders))]

    def close(self) -> None:
        """End what still runs, which is nothing unless something went wrong here."""
        for child in self._running.values():
            child.send(signal.SIGTERM)
        for child in self._running.values():
            child.close()
        self._running.clear()
        self._selector.close()
        os.close(self._wakeup)
        os.close(self._waker)

    def _hear(self) -> dict[int, Callable[[int, FrameType | None], object] | int | None]:
        def hear(number: int, _frame: FrameType | None) -> None:
            self._heard.append(number)
            with suppress(BlockingIOError):  # then it is awake already
                os.write(self._waker, b"!")

        # What was being ignored when we came stays ignored.
        return {
            number: signal.signal(number, hear) for number in REASONS if signal.getsignal(number) is not signal.SIG_IGN
        }

    def _pass_on(self) -> None:
        while self._heard:
            number = self._heard.pop(0)
            self._stopped = self._stopped or number
            for child in self._running.values():
                if not child.has_ended:
                    child.send(number)

    def _start_what_may(self) -> None:
        while self._next < len(self._orders) and (self._stopped or len(self._running) < self._most):
            cycle, self._next = self._next, self._next + 1
            if self._stopped:
                self._codes[cycle] = EXIT_CODES[REASONS[self._stopped]]
                self._view.end(cycle, self._codes[cycle], "told to stop before its turn came")
                continue
            try:
                child = ChildRun(self._orders[cycle])
            except EnvironmentFault as fault:
                self._codes[cycle] = INCONCLUSIVE
                self._view.end(cycle, INCONCLUSIVE, str(fault))
                continue
            self._running[cycle] = child
            self._selector.register(child.told.descriptor, selectors.EVENT_READ, (cycle, child.told, self._take))
            self._selector.register(child.said.descriptor, selectors.EVENT_READ, (cycle, child.said, self._complain))
            self._view.begin(cycle)

    def _read(self) -> None:
        if not self._running:
            return
        for key, _ in self._selector.select(_LOOK_S):
            if key.data is None:
                os.read(self._wakeup, 4096)
                continue
            cycle, lines, take = key.data
            for line in lines.read():
                take(cycle, line)
            if lines.over:
                self._selector.unregister(lines.descriptor)

    def _end(self, cycle: int, child: ChildRun) -> None:
        del self._running[cycle]
        for lines, take in ((child.told, self._take), (child.said, self._complain)):
            if not lines.over:
                self._selector.unregister(lines.descriptor)
            for line in lines.rest():
                take(cycle, line)
        child.close()
        self._codes[cycle] = child.code
        why = self._said_last.pop(cycle, "")
        if child.killed_by:
            self.killed = True
            why = f"its process died of {signal.Signals(child.killed_by).name}"
        self._view.end(cycle, child.code, why.removeprefix("gatekeeper: "))

    def _take(self, cycle: int, line: bytes) -> None:
        try:
            entry = entry_of(parse(line), line)
        except (NotALine, JournalError) as fault:
            self._view.complain(cycle, f"a line that cannot be read was left out: {fault}")
            return
        if entry is not None:
            self._view.receive(cycle, entry)

    def _complain(self, cycle: int, line: bytes) -> None:
        text = line.decode(errors="replace")
        self._said_last[cycle] = text
        self._view.complain(cycle, text)
