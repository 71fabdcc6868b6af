"""Owns one command from its order to the moment when nothing of it is alive. Knows nothing of what comes after it.

A command's way is a straight line: start the leader, watch, end what must be ended, see it gone, report; and for a
service go on watching. This runs in the guardian, so that deadlines hold while the orchestrator hangs.
"""

from __future__ import annotations

import math
import os
import time

from gatekeeper.adapters.guard.helpers import aftermath, leader
from gatekeeper.adapters.guard.helpers.looks import Looks
from gatekeeper.adapters.guard.helpers.watch import Watch
from gatekeeper.adapters.guard.leftovers import kill_ladder, private, readers, survivors
from gatekeeper.adapters.guard.leftovers.listening import Listening
from gatekeeper.adapters.guard.limits.unbounded import Unbounded, bounds_of
from gatekeeper.adapters.guard.messages import wire
from gatekeeper.adapters.guard.messages.wire import Report, SpawnOrder
from gatekeeper.adapters.guard.output.channel import Channel
from gatekeeper.adapters.guard.output.output_watch import OutputWatch
from gatekeeper.adapters.guard.system import cgroup, kernel

DIE_WITHIN_S = 10.0
"""How long SIGKILL may take before a process counts as unkillable."""

REMOVE_WITHIN_S = 1.0
"""How long a leaf may take to be empty once everything in it was killed."""

EMPTIED_WITHIN_S = 2.0
"""How long what a command leaves in its private folder may take to be removed; the rest is left to others."""

_LOOK_AHEAD_S = 0.08
_LATE_S = 1.0

_AT_ONCE = ("memory", "processes")
"""The limits beyond which there is no grace: what grows must not go on growing meanwhile."""


class Supervision:
    """Runs one order and fills in its report, which is told when nothing is alive (but for a kept service)."""

    def __init__(
        self,
        order: SpawnOrder,
        watch: Watch,
        prepared: leader.Prepared | None,
        leaf: str,
        name: str,
        listening: Listening,
        folder: private.Folder,
    ) -> None:
        """`name` is what a group beside `leaf` may be called, or empty where there is to be none."""
        self._order = order
        self._listening = listening
        self._folder = folder
        self._tidy = True
        self._watch = watch
        self._prepared = prepared
        self._report = Report()
        self._leaf = leaf
        self._name = name
        self._bounds = Unbounded()
        self._started = time.monotonic()

    @property
    def hopeless(self) -> bool:
        """Whether something is left that was killed for as long as anybody waits for that, and did not die."""
        return bool(self._report.unkillable)

    @property
    def clean(self) -> bool:
        """Whether the guardian is as it was before, so that it can take another order.

        One that lacked something may be the only one that lacks it.
        """
        report = self._report
        lacked = report.end == "not-started" and report.detail.startswith("no-resources")
        return self._tidy and not (lacked or report.end == "broken" or report.unkillable or report.service)

    def run(self) -> None:
        """Do all of it. Never raises for what the command did."""
        output = None
        try:
            output = Channel(self._order, self._watch)
        except OSError as refused:
            self._refuse(f"no-resources the output file {self._order.output}: {refused.strerror}")
        try:
            if output is not None and self._offer_folder():
                self._conduct(output)
        except Exception as fault:  # noqa: BLE001 - whatever hurts the guardian, the step must end and be told of
            self._fail(fault)
        if not self._report.unkillable:
            # Nothing is told before even a leader that never got its command is gone.
            self._kill_all()
        try:
            self._clean_up(output)
        except Exception as fault:  # noqa: BLE001 - and what cannot be tidied up is left to others
            self._fail(fault)
        self._watch.tell(wire.REPORT if not self._report.service else wire.GONE, self._report)

    def _clean_up(self, output: Channel | None) -> None:
        within_s = 0.0 if self._report.unkillable else REMOVE_WITHIN_S
        self._report.exceeded = self._bounds.exceeded() or self._watch.out_of_memory(self._report, self._started)
        self._bounds.close(within_s)
        if self._leaf:
            cgroup.remove(self._leaf, within_s)
        if self._order.private and not self._report.unkillable:
            # After a service there is no other command here, and whoever ended it is told that nothing is left.
            tidy = self._folder.remove if self._report.service else self._folder.clear
            self._tidy = tidy(EMPTIED_WITHIN_S)
        if output is not None:
            output.finish(self._report)
        if self._prepared is not None:
            self._prepared.close()

    def _fail(self, fault: Exception) -> None:
        self._report.end = "broken"
        self._report.detail = f"the guardian failed: {fault!r}"
        self._report.service = False

    def _conduct(self, output: Channel) -> None:
        try:
            given = output.open()
        except OSError as refused:
            self._refuse(f"no-resources nothing could be had that its output goes through: {refused.strerror}")
            return
        born = self._start(given)
        if born is None:
            return
        growth = output.follow(self._started)
        looks = Looks(self._watch, self._order.output, output, self._report)
        end, ended_at = self._wait_for_end(growth, looks)
        self._report.end = end
        self._report.after_s = time.monotonic() - self._started
        at_once = self._report.limit in _AT_ONCE
        looked = end in ("deadline", "quiet", "limit") and not at_once
        if looked:
            looks.look()
        if end != "leader" and self._watch.told != wire.KILL and not at_once:
            aftermath.ask_to_end(self._watch, self._order.grace_s)
        gone = self._watch.reaper.all_gone()
        if end == "leader":
            self._judge_exit(born.troubles())
            if not gone:
                self._bounds.look_at_last()
            if not gone and self._may_serve():
                self._report.duration_s = ended_at - self._started
                self._serve(output, growth)
                return
            if not gone:
                gone = readers.let_finish(self._watch, output.pipes())
        if not gone:
            self._describe_what_is_left()
        if looked:
            looks.last_words()
        if not gone:
            self._kill_all()
        output.take_notice(self._report)
        self._report.listeners = self._listening.new() if self._watch.told != wire.KILL else ()
        if end != "leader":
            self._report.joined = bool(self._leaf) and leader.joined(born.troubles())
        self._report.duration_s = (ended_at if end == "leader" else time.monotonic()) - self._started

    def _start(self, output: int) -> leader.Prepared | None:
        try:
            self._bounds = bounds_of(self._order.limits, self._leaf, self._name)
            self._report.held_by = self._bounds.held_by
            try:
                return self._give(self._prepared or self._another(), output)
            except ConnectionError:
                # It died while it waited for something to do; nothing of the command was started.
                return self._give(self._another(), output)
        except OSError as refused:
            self._refuse(f"no-resources no process could be made: {refused.strerror}")
            return None

    def _may_serve(self) -> bool:
        report = self._report
        # What ran into a limit before it even was a service has failed.
        return self._order.keep and report.end == "exited" and report.code == 0 and not self._bounds.exceeded()

    def _another(self) -> leader.Prepared:
        return leader.prepare(self._watch.control, self._leaf, 0.0)

    def _give(self, prepared: leader.Prepared, output: int) -> leader.Prepared:
        self._prepared = prepared
        self._watch.follow(prepared.pid)
        self._listening.begin()
        order = self._order
        named = order.private_names if order.private else ()
        self._started = time.monotonic()
        added = tuple((name, order.private) for name in named)
        restraints = self._bounds.restraints
        prepared.start(order.command, output, added, terminal=bool(order.terminal), restraints=restraints)
        self._watch.count_oom_kills()
        return prepared

    def _offer_folder(self) -> bool:
        if not self._order.private:
            return True
        try:
            self._folder.offer(self._order.private)
        except OSError as refused:
            self._refuse(f"no-resources the private folder {self._order.private}: {refused.strerror}")
            return False
        return True

    def _refuse(self, detail: str) -> None:
        self._report.end = "not-started"
        self._report.detail = detail

    def _wait_for_end(self, output: OutputWatch, looks: Looks) -> tuple[str, float]:
        watch, quiet = self._watch, self._order.quiet_s
        deadline = self._started + self._order.timeout_s
        looked_at = -math.inf
        while True:
            silent_at = output.last_write + quiet if quiet is not None else deadline
            limit = min(deadline, silent_at)
            # Two looks tell spinning from sleeping, and the first is early, so that nobody has to wait for it.
            look_at = limit - _LOOK_AHEAD_S if looked_at < limit - 2 * _LOOK_AHEAD_S else math.inf
            watch.wait(min(limit, output.next_look, look_at, self._bounds.next_look))
            now = time.monotonic()
            if watch.leader_ended:
                # Who was stopped meanwhile comes late, and what ended long after its limit was not within it.
                return ("leader" if now < deadline + _LATE_S else "deadline"), now
            if watch.told:
                return "stopped", now
            if now >= look_at:
                looks.glance()
                looked_at = now
            if now >= deadline:
                return "deadline", now
            if now >= self._bounds.next_look and (beyond := self._bounds.look(now)):
                self._report.limit = beyond
                if beyond in _AT_ONCE:
                    looks.glimpse()
                else:
                    looks.glance()
                return "limit", now
            if now >= min(silent_at, output.next_look):
                output.look(now)
                if quiet is not None and now >= output.last_write + quiet:
                    return "quiet", now

    def _judge_exit(self, troubles: dict[bytes, int]) -> None:
        status = self._watch.reaper.status
        if status is None:
            raise RuntimeError("how the command ended is not known")
        self._report.joined = bool(self._leaf) and leader.joined(troubles)
        refused = leader.reason(troubles, self._order.name, self._order.cwd)
        if refused:
            self._refuse(refused)
        elif os.WIFSIGNALED(status):
            self._report.end, self._report.code = "signalled", os.WTERMSIG(status)
        else:
            self._report.end, self._report.code = "exited", os.WEXITSTATUS(status)

    def _describe_what_is_left(self) -> None:
        if self._watch.told != wire.KILL:
            left = aftermath.strays(self._watch.reaper, self._leaf)
            self._report.survivors = survivors.describe(left.seen)
            self._report.survivors_total = left.total

    def _kill_all(self) -> None:
        watch = self._watch
        self._report.unkillable = kill_ladder.kill_all(watch.reaper, self._leaf, watch.wakeup, DIE_WITHIN_S)

    def _serve(self, output: Channel, growth: OutputWatch) -> None:
        """Hold what the leader left as a service, until it ends, is to end, or the orchestrator is gone."""
        output.settle(self._report)
        self._report.service = True
        self._report.listeners = self._listening.new()
        kernel.set_name("gk-service")
        self._watch.tell(wire.REPORT, self._report)
        aftermath.serve(self._watch, self._order.grace_s, growth, self._bounds)
        self._kill_all()
