"""Owns what a run is, as the sum of its events. Every reader but the journal itself asks here, nobody else.

`RunRecord` is an accumulator: cheap per event, because a run may have ten thousand steps. It holds no clock and
does no I/O; the same events give the same record, whether they come live or from a journal.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from gatekeeper.model.events import (
    Entry,
    Event,
    IncidentHappened,
    NoteAdded,
    RoundFinished,
    RoundStarted,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from gatekeeper.model.evidence_events import (
    BaselineAccepted,
    BaselineMeasured,
    IntegrityCompared,
    RerunFinished,
    StepFlaky,
)
from gatekeeper.model.help_events import (
    BreakerOpened,
    ChangeAwaited,
    FixerFinished,
    FixerStarted,
    FixProved,
    MitigationFinished,
    MitigationStarted,
    RepoSettled,
    RetryScheduled,
    RunResumed,
    TreeChanged,
)
from gatekeeper.model.plan import StepId
from gatekeeper.model.service_events import LockAwaited, LockTaken, ServiceEnded, ServiceStarted

Help: TypeAlias = MitigationStarted | MitigationFinished | FixerStarted | FixerFinished | BreakerOpened | ChangeAwaited
"""What was tried, given up, or waited for between rounds."""


class RoundRecord:
    """One pass over the gates: its steps in the order they finished, and what happened beside them.

    `changes` (of the tree), `incidents` and `help` are those of this round, and those after it and before the next.
    """

    def __init__(self, started: RoundStarted, time: str) -> None:
        self.started = started
        self.started_at = time
        self.finished: RoundFinished | None = None
        self.finished_at = ""
        self.steps: list[StepFinished] = []
        self.retries: list[RetryScheduled] = []
        self.changes: list[TreeChanged] = []
        self.incidents: list[IncidentHappened] = []
        self.help: list[Help] = []


class RunRecord:
    """Everything that the events of one run say, arranged for reading.

    `latest` holds the newest result of each step of the gates, `newest` the newest of all results. `teardown` are the
    steps that ran after the last round, `interrupted` those that had begun and not ended when the run was closed.
    `compared` tells how what judges differs from the base ref; `beside` are measured and accepted baselines, and what
    was run for diagnosis, and which steps passed and failed on one tree. `help` is what was tried between rounds,
    `proofs` what came of fixes on the tree before them, `settled` what became of the repos' drift. `digest` and
    `last_at` are the last entry's. `locks_awaited` are those that are waited for now, by gate and step; `waits` those
    that were waited for and had. `awaited` tells that it waits for somebody to change the tree.
    """

    def __init__(self, run: str) -> None:
        self.run = run
        self.seq = -1
        self.digest = ""
        self.last_at = ""
        self.started: RunStarted | None = None
        self.started_at = ""
        self.finished: RunFinished | None = None
        self.finished_at = ""
        self.rounds: list[RoundRecord] = []
        self.running: dict[StepId, tuple[StepStarted, str]] = {}
        self.latest: dict[StepId, StepFinished] = {}
        self.newest: StepFinished | None = None
        self.attempts: dict[StepId, int] = {}
        self.begun: dict[StepId, StepStarted] = {}
        self.services: dict[str, ServiceStarted] = {}
        self.ended_services: list[tuple[str, ServiceEnded]] = []
        self.changes: list[tuple[str, TreeChanged]] = []
        self.incidents: list[tuple[str, IncidentHappened]] = []
        self.notes: list[tuple[str, NoteAdded]] = []
        self.help: list[tuple[str, Help]] = []
        self.awaited: ChangeAwaited | None = None
        self.proofs: list[tuple[str, FixProved]] = []
        self.settled: list[RepoSettled] = []
        self.resumed: list[tuple[str, RunResumed]] = []
        self.compared: IntegrityCompared | None = None
        self.beside: list[tuple[str, BaselineMeasured | BaselineAccepted | RerunFinished | StepFlaky]] = []
        self.teardown: list[StepFinished] = []
        self.locks_awaited: dict[tuple[str, str], LockAwaited] = {}
        self.waits: list[tuple[str, LockTaken]] = []
        self.interrupted: list[tuple[StepStarted, str]] = []

    @property
    def round(self) -> RoundRecord | None:
        """The newest round, if one began."""
        return self.rounds[-1] if self.rounds else None

    @property
    def flaky(self) -> tuple[StepFlaky, ...]:
        """The steps that passed and failed on one tree, as they were told of before the verdict."""
        return tuple(event for _, event in self.beside if isinstance(event, StepFlaky))

    @property
    def switches(self) -> tuple[str, ...]:
        """The kill switches that were in force, from the beginning or since the run was gone on with."""
        begun = self.started.switches if self.started is not None else ()
        return tuple(dict.fromkeys((*begun, *(name for _, event in self.resumed for name in event.switches))))

    @property
    def was_helped(self) -> bool:
        """Whether there is anything to tell of beside steps and rounds: tries, waits, switches, settled repos."""
        told = self.help or self.resumed or self.proofs or self.settled or any(each.retries for each in self.rounds)
        return bool(told or (self.started is not None and (self.switches or self.started.watch)))

    def apply(self, entry: Entry) -> None:
        """Take one more event in; entries come in the order of their `seq`."""
        self.seq, self.digest, self.last_at = entry.seq, entry.digest, entry.time
        match entry.event:
            case RunStarted() as event:
                self.started, self.started_at = event, entry.time
            case RoundStarted() as event:
                self.awaited = None
                self.rounds.append(RoundRecord(event, entry.time))
            case RoundFinished() as event:
                if self.rounds:
                    self.rounds[-1].finished, self.rounds[-1].finished_at = event, entry.time
            case StepStarted() as event:
                step = StepId(event.gate, event.step)
                self.running[step] = (event, entry.time)
                self.begun[step] = event
                self.attempts[step] = max(self.attempts.get(step, 0), event.attempt)
            case StepFinished() as event:
                step = StepId(event.gate, event.step)
                self.running.pop(step, None)
                self.locks_awaited.pop((event.gate, event.step), None)
                self.newest = event
                if self.rounds and self.rounds[-1].finished is None:
                    self.latest[step] = event
                    self.rounds[-1].steps.append(event)
                else:
                    self.teardown.append(event)
            case ServiceStarted() as event:
                self.services[event.service] = event
            case ServiceEnded() as event:
                self.services.pop(event.service, None)
                self.ended_services.append((entry.time, event))
            case IncidentHappened() as event:
                self.incidents.append((entry.time, event))
                if self.rounds:
                    self.rounds[-1].incidents.append(event)
            case IntegrityCompared() as event:
                self.compared = event
            case BaselineMeasured() | BaselineAccepted() | RerunFinished() | StepFlaky() as event:
                self.beside.append((entry.time, event))
            case NoteAdded() as event:
                self.notes.append((entry.time, event))
            case RunFinished() as event:
                self.finished, self.finished_at = event, entry.time
                self.interrupted += self.running.values()
                self.running.clear()
                self.locks_awaited.clear()
            case _:
                self._apply_between(entry.time, entry.event)

    def _apply_between(self, time: str, event: Event) -> None:
        match event:
            case LockAwaited():
                self.locks_awaited[event.gate, event.step] = event
            case LockTaken():
                self.locks_awaited.pop((event.gate, event.step), None)
                self.waits.append((time, event))
            case RetryScheduled():
                if self.rounds:
                    self.rounds[-1].retries.append(event)
            case TreeChanged():
                self.changes.append((time, event))
                if self.rounds:
                    self.rounds[-1].changes.append(event)
            case ChangeAwaited():
                self.awaited = event
                self._helped(time, event)
            case MitigationStarted() | MitigationFinished() | FixerStarted() | FixerFinished() | BreakerOpened():
                self._helped(time, event)
            case FixProved():
                self.proofs.append((time, event))
            case RepoSettled():
                self.settled.append(event)
            case RunResumed():
                self.resumed.append((time, event))
                self._go_on()
            case _:
                pass

    def _helped(self, time: str, event: Help) -> None:
        self.help.append((time, event))
        if self.rounds:
            self.rounds[-1].help.append(event)

    def _go_on(self) -> None:
        """What was running when the process died is over, and so is what was said of the run then."""
        self.interrupted += self.running.values()
        self.running.clear()
        self.services.clear()
        self.settled.clear()
        self.finished, self.finished_at = None, ""


def fold(run: str, entries: Iterable[Entry]) -> RunRecord:
    """The record of a run from all of its entries."""
    record = RunRecord(run)
    for entry in entries:
        record.apply(entry)
    return record
