"""Owns what was tried between the rounds of a run, as readers want it: whole calls, not their beginnings and ends.

Pure; puts nothing into words or layout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeAlias

from gatekeeper.model.events import NoteAdded, StepFinished, StepStarted
from gatekeeper.model.help_events import (
    BreakerOpened,
    ChangeAwaited,
    FixerFinished,
    FixerStarted,
    FixProved,
    MitigationFinished,
    MitigationStarted,
    TreeChanged,
)
from gatekeeper.model.plan import StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import RunVerdict
from gatekeeper.policy.fold import Help, RunRecord
from gatekeeper.policy.summary import step_name

_OUT_OF_TIME = 124
_NEVER = "~"
"""Later than every moment that a journal tells of."""


class Mitigated(NamedTuple):
    """A mitigation; `finished` is None where it never came to its end."""

    started: MitigationStarted
    finished: MitigationFinished | None = None

    @property
    def well(self) -> bool:
        """Whether it helped, as far as anybody can tell."""
        return self.finished is not None and self.finished.exit_code == 0


class FixerCall(NamedTuple):
    """A call of the fixer; `finished` is None where it never came to its end."""

    started: FixerStarted
    finished: FixerFinished | None = None


Episode: TypeAlias = Mitigated | FixerCall | BreakerOpened | ChangeAwaited
"""One thing that was done between two rounds, from its beginning to its end."""


class Solved(NamedTuple):
    """A step that failed and passes now; `failure` is its last one, `rounds` are those in which it failed.

    `by` is what was done and what changed after the last failure and before the pass, in its order.
    """

    failure: StepFinished
    rounds: tuple[int, ...]
    by: tuple[Mitigated | FixerCall | TreeChanged, ...]


def episodes(events: Iterable[Help]) -> tuple[Episode, ...]:
    """What the events tell of, in its order; only one thing is done at a time."""
    found: list[Episode] = []
    for event in events:
        match event:
            case MitigationStarted():
                found.append(Mitigated(event))
            case FixerStarted():
                found.append(FixerCall(event))
            case MitigationFinished():
                if found and isinstance(last := found[-1], Mitigated):
                    found[-1] = last._replace(finished=event)
            case FixerFinished():
                if found and isinstance(last := found[-1], FixerCall):
                    found[-1] = last._replace(finished=event)
            case BreakerOpened() | ChangeAwaited():
                found.append(event)
    return tuple(found)


def mitigations(events: Iterable[Help]) -> tuple[Mitigated, ...]:
    """Every mitigation among the events."""
    return tuple(one for one in episodes(events) if isinstance(one, Mitigated))


def fixer_calls(record: RunRecord) -> tuple[FixerCall, ...]:
    """Every call of the fixer in the whole run."""
    return tuple(one for one in episodes(helped(record)) if isinstance(one, FixerCall))


def beyond(record: RunRecord) -> tuple[str, ...]:
    """The files that the fixer changed and may not, and that are still so."""
    finished = [call.finished for call in fixer_calls(record) if call.finished is not None]
    return finished[-1].violating if finished else ()


def helped(record: RunRecord) -> tuple[Help, ...]:
    """All that was tried in the whole run."""
    return tuple(event for _, event in record.help)


def retried(record: RunRecord) -> dict[str, int]:
    """How often each step (``gate/step``) was run again because infrastructure had failed."""
    return dict(Counter(f"{retry.gate}/{retry.step}" for each in record.rounds for retry in each.retries))


def proofs(record: RunRecord) -> dict[StepId, FixProved]:
    """What came of the fix of each step, in the last word on it."""
    return {StepId(event.gate, event.step): event for _, event in record.proofs}


def solved(record: RunRecord) -> tuple[Solved, ...]:
    """The steps that failed and pass now, with what happened in between; infrastructure that came back is none."""
    last: dict[str, tuple[int, StepFinished]] = {}
    rounds: dict[str, list[int]] = {}
    found: dict[str, Solved] = {}
    for number, each in enumerate(record.rounds):
        for event in each.steps:
            name = step_name(event)
            if event.verdict in {"failed", "timed-out", "error"}:
                last[name] = number, event
                rounds.setdefault(name, []).append(event.round)
                found.pop(name, None)
            elif event.verdict == "passed" and name in last:
                since, failure = last.pop(name)
                found[name] = Solved(failure, tuple(dict.fromkeys(rounds[name])), _between(record, since, number))
    return tuple(found.values())


def notes_of(record: RunRecord, call: FixerCall) -> tuple[NoteAdded, ...]:
    """What was noted while this call went on; what has a snippet is somebody else's, a fixer leaves none."""
    begun, ended = _times(record, call)
    return tuple(note for time, note in record.notes if begun <= time <= ended and note.snippet is None)


def changes_of(record: RunRecord, call: FixerCall) -> tuple[TreeChanged, ...]:
    """How the tree changed by this call, which is told after its end and before anything else is tried."""
    _, ended = _times(record, call)
    later = next((time for time, event in record.help if isinstance(event, FixerStarted) and time > ended), _NEVER)
    return tuple(change for time, change in record.changes if change.by == "fixer" and ended <= time <= later)


def _times(record: RunRecord, call: FixerCall) -> tuple[str, str]:
    begun = next((time for time, event in record.help if event is call.started), _NEVER)
    # Of one that was cut short nobody saw what came of it.
    ended = next((time for time, event in record.help if event is call.finished), begun)
    return begun, ended


def can_go_on(record: RunRecord) -> bool:
    """Whether the run was broken off, and may be taken up again.

    One whose own time is over may not, nor one that was in a worktree, which is gone.
    """
    finished, started = record.finished, record.started
    if finished is None or started is None or started.proof or started.at or started.isolated:
        return False
    return finished.verdict == RunVerdict.ABORTED and finished.exit_code != _OUT_OF_TIME


def cut_off(record: RunRecord) -> tuple[tuple[StepStarted, str], ...]:
    """Attempts that a process which died left without a result, and when they began; not those made up for since."""
    return tuple(
        (begun, time)
        for begun, time in record.interrupted
        if begun.attempt >= record.attempts.get(StepId(begun.gate, begun.step), 0)
        and _newest_attempt(record, begun) < begun.attempt
    )


def _between(record: RunRecord, since: int, until: int) -> tuple[Mitigated | FixerCall | TreeChanged, ...]:
    by: list[Mitigated | FixerCall | TreeChanged] = []
    for each in record.rounds[since:until]:
        by += (one for one in episodes(each.help) if isinstance(one, Mitigated | FixerCall))
        # What the fixer changed is told with its call.
        by += (change for change in each.changes if change.by != "fixer")
    return tuple(by)


def _newest_attempt(record: RunRecord, begun: StepStarted) -> int:
    event = record.latest.get(StepId(begun.gate, begun.step))
    return event.attempt if event is not None else 0
