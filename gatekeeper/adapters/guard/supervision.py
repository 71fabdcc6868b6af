"""Owns one command from its order to the moment when nothing of it is alive. Knows nothing of what comes after it.

A command's way is a straight line: start the leader, watch, end what must be ended, see it gone, report; and for a
service go on watching. This runs in the guardian, so that deadlines hold while the orchestrator hangs.
"""

from __future__ import annotations

import os
import socket
import time

from gatekeeper.adapters.guard import aftermath, cgroup, kernel, kill_ladder, leader, readers, survivors, wire
from gatekeeper.adapters.guard.output_watch import OutputWatch
from gatekeeper.adapters.guard.watch import Watch
from gatekeeper.adapters.guard.wire import Report, SpawnOrder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.adapters.guard.pump import Pump

DIE_WITHIN_S = 10.0
"""How long SIGKILL may take before a process counts as unkillable."""

REMOVE_WITHIN_S = 1.0
"""How long a leaf may take to be empty once everything in it was killed."""

_LOOK_WITHIN_S = 2.0


class Supervision:
    """Runs one order and fills in its report, which is told when nothing is alive (but for a kept service)."""

    def __init__(self, order: SpawnOrder, watch: Watch, prepared: leader.Prepared | None, leaf: str) -> None:
        self._order = order
        self._watch = watch
        self._prepared = prepared
        self._report = Report()
        self._leaf = leaf
        self._pump: Pump | None = None
        self._growth: OutputWatch | None = None
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
        lacked = self._report.end == "not-started" and self._report.detail.startswith("no-resources")
        return not (lacked or self._report.end == "broken" or self._report.unkillable or self._report.service)

    def run(self) -> None:
        """Do all of it. Never raises for what the command did."""
        output = -1
        try:
            output = _open_output(self._order.output)
        except OSError as refused:
            self._refuse(f"no-resources the output file {self._order.output}: {refused.strerror}")
        try:
            if output >= 0:
                self._conduct(output)
        except Exception as fault:  # noqa: BLE001 - whatever hurts the guardian, the step must end and be told of
            self._report.end = "broken"
            self._report.detail = f"the guardian failed: {fault!r}"
            self._report.service = False
        if not self._report.unkillable:
            # Nothing is told before even a leader that never got its command is gone.
            self._kill_all()
        if self._leaf:
            cgroup.remove(self._leaf, 0.0 if self._report.unkillable else REMOVE_WITHIN_S)
        if output >= 0:
            self._finish_output()
            os.close(output)
        if self._prepared is not None:
            self._prepared.close()
        _tell(self._watch.control, wire.REPORT if not self._report.service else wire.GONE, self._report)

    def _conduct(self, output: int) -> None:
        try:
            self._pump = pump = self._pump_into(output)
        except OSError as refused:
            self._refuse(f"no-resources nothing could be had that its output goes through: {refused.strerror}")
            return
        born = self._start(pump.given if pump else output)
        if born is None:
            return
        if pump:
            pump.given_away()
            self._watch.attend(pump.source, self._move_output)
        self._growth = growth = OutputWatch(
            output, self._order.output, self._order.output_limit, self._started, self._watch
        )
        end, ended_at = self._wait_for_end(growth)
        self._report.end = end
        self._report.after_s = time.monotonic() - self._started
        if end in ("deadline", "quiet"):
            self._report.sights = survivors.sights(os.getpid(), _LOOK_WITHIN_S)
        if end != "leader" and self._watch.told != wire.KILL:
            aftermath.ask_to_end(self._watch, self._order.grace_s)
        gone = self._watch.reaper.reap_all()
        if end == "leader":
            self._judge_exit(born.troubles())
            if self._order.keep and self._report.end == "exited" and self._report.code == 0 and not gone:
                self._report.duration_s = ended_at - self._started
                self._serve(growth)
                return
            if not gone:
                gone = readers.let_finish(self._watch, frozenset((pump.name(),) if pump else ()))
        if not gone:
            self._end_what_is_left()
        growth.take_notice(time.monotonic())
        self._report.disk_full = growth.disk_full
        if end != "leader":
            self._report.joined = bool(self._leaf) and leader.joined(born.troubles())
        self._report.duration_s = (ended_at if end == "leader" else time.monotonic()) - self._started

    def _pump_into(self, output: int) -> Pump | None:
        """What the output goes through on its way to the file, where something must be done with it on the way."""
        if not self._order.piped and not self._order.terminal:
            return None
        from gatekeeper.adapters.guard.pump import Pump
        from gatekeeper.policy.redaction import Redaction

        redaction = Redaction(self._order.masked) if self._order.masked else None
        if self._order.terminal:
            return Pump.of_terminal(output, redaction, *self._order.terminal)
        return Pump.of_pipe(output, redaction)

    def _move_output(self) -> None:
        if self._pump is not None:
            source = self._pump.source
            self._pump.move()
            if self._pump.source < 0:
                self._watch.leave(source)

    def _finish_output(self) -> None:
        """Everybody is gone: bring the last words into the file, and the file's index to its end."""
        pump, growth = self._pump, self._growth
        try:
            if pump is not None:
                self._watch.leave(pump.source)
                pump.finish()
                self._report.dropped, self._report.refused = pump.lost, pump.trouble
            if growth is not None:
                growth.close()
        except Exception as fault:  # noqa: BLE001 - what is not known to be whole must not be called so
            self._report.end, self._report.detail = "broken", f"the output could not be finished: {fault!r}"

    def _start(self, output: int) -> leader.Prepared | None:
        try:
            try:
                return self._give(self._prepared or self._another(), output)
            except ConnectionError:
                # It died while it waited for something to do; nothing of the command was started.
                return self._give(self._another(), output)
        except OSError as refused:
            self._refuse(f"no-resources no process could be made: {refused.strerror}")
            return None

    def _another(self) -> leader.Prepared:
        return leader.prepare(self._watch.control, self._leaf, 0.0)

    def _give(self, prepared: leader.Prepared, output: int) -> leader.Prepared:
        self._prepared = prepared
        self._watch.follow(prepared.pid)
        self._started = time.monotonic()
        prepared.start(self._order.command, output, terminal=bool(self._order.terminal))
        return prepared

    def _refuse(self, detail: str) -> None:
        self._report.end = "not-started"
        self._report.detail = detail

    def _wait_for_end(self, output: OutputWatch) -> tuple[str, float]:
        watch, quiet = self._watch, self._order.quiet_s
        deadline = self._started + self._order.timeout_s
        while True:
            silent_at = output.last_write + quiet if quiet is not None else deadline
            watch.wait(min(deadline, silent_at, output.next_look))
            now = time.monotonic()
            if watch.leader_ended:
                return "leader", now
            if watch.told:
                return "stopped", now
            if now >= deadline:
                return "deadline", now
            if now >= min(silent_at, output.next_look):
                output.look(now)
                if quiet is not None and now >= output.last_write + quiet:
                    return "quiet", now

    def _judge_exit(self, troubles: dict[bytes, int]) -> None:
        status = self._watch.reaper.status or 0
        self._report.joined = bool(self._leaf) and leader.joined(troubles)
        refused = leader.reason(troubles, self._order.name, self._order.cwd)
        if refused:
            self._refuse(refused)
        elif os.WIFSIGNALED(status):
            self._report.end, self._report.code = "signalled", os.WTERMSIG(status)
        else:
            self._report.end, self._report.code = "exited", os.WEXITSTATUS(status)

    def _end_what_is_left(self) -> None:
        watch = self._watch
        if watch.told != wire.KILL:
            left = aftermath.strays(watch.reaper, self._leaf)
            self._report.survivors = survivors.describe(left)
            self._report.survivors_total = len(left)
        self._kill_all()

    def _kill_all(self) -> None:
        watch = self._watch
        self._report.unkillable = kill_ladder.kill_all(watch.reaper, self._leaf, watch.wakeup, DIE_WITHIN_S)

    def _serve(self, growth: OutputWatch) -> None:
        """Hold what the leader left as a service, until it ends, is to end, or the orchestrator is gone."""
        kernel.set_name("gk-service")
        if self._pump is not None:
            self._pump.catch_up()
            self._report.dropped, self._report.refused = self._pump.lost, self._pump.trouble
        growth.settle()
        self._report.service, self._report.disk_full = True, growth.disk_full
        _tell(self._watch.control, wire.REPORT, self._report)
        aftermath.serve(self._watch, self._order.grace_s, growth)
        self._kill_all()


def _tell(control: socket.socket, kind: bytes, report: Report) -> None:
    try:
        control.setblocking(True)
        control.settimeout(_LOOK_WITHIN_S)
        wire.send(control, kind, report.pack())
        control.setblocking(False)
    except OSError:
        # Nobody is there to be told; what matters is done.
        return


def _open_output(path: str) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return os.open(path, flags, 0o600)
