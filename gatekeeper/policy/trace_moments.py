"""Owns what is told of a run beside its spans: moments, each with its name and its attributes."""

from __future__ import annotations

from gatekeeper.model.events import (
    NAMES,
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
from gatekeeper.model.service_events import LockAwaited, LockTaken, ServiceEnded, ServiceStarted
from gatekeeper.policy.export_steps import MESSAGE, readable
from gatekeeper.policy.telemetry import Moment, Value
from gatekeeper.policy.telemetry_names import OURS


def moment_of(event: Event, at_ns: int) -> Moment | None:
    """The event as a moment; None where a span tells of it."""
    said = _said(event)
    if said is None:
        return None
    told: dict[str, Value] = {}
    for key, value in said.items():
        if value not in ("", ()):
            told[f"{OURS}{key}"] = readable(value, MESSAGE) if isinstance(value, str) else value
    return Moment(f"{OURS}{NAMES[type(event)]}", at_ns, told)


def _said(event: Event) -> dict[str, Value] | None:
    match event:
        case IncidentHappened():
            return {"kind": event.kind.value, "message": event.message, **_step(event.gate, event.step)}
        case RetryScheduled():
            return {"class": event.class_, "delay_s": event.delay_s, "n": event.n, **_step(event.gate, event.step)}
        case TreeChanged():
            return {"by": event.by, "files": len(event.files), "tree": event.tree}
        case IntegrityCompared():
            return {"against": event.against, "changes": len(event.changes), "problem": event.problem}
        case BaselineMeasured():
            return {"ref": event.ref, "tests": event.tests, "problem": event.problem, **_step(event.gate, event.step)}
        case BaselineAccepted():
            return {"by": event.by, "reason": event.reason, **_step(event.gate, event.step)}
        case RerunFinished():
            counts = {"passed": len(event.passed), "failed": len(event.failed)}
            return {**counts, "problem": event.problem, **_step(event.gate, event.step)}
        case StepFlaky():
            return {"message": event.message, **_step(event.gate, event.step)}
        case BreakerOpened():
            return {"kind": event.kind, "message": event.message, "closed_after_s": event.closed_after_s}
        case ChangeAwaited():
            return {"rounds_left": event.rounds_left, "within_s": event.within_s}
        case FixProved():
            return {"outcome": event.outcome, "message": event.message, **_step(event.gate, event.step)}
        case RunResumed():
            return {"interrupted": event.interrupted, "host": event.host}
        case RepoSettled():
            return {"repo": event.repo, "how": event.how, "pushed": event.pushed, "problem": event.problem}
        case LockAwaited():
            return {"locks": event.locks, "holder": event.holder, **_step(event.gate, event.step)}
        case LockTaken():
            return {"locks": event.locks, "waited_s": event.waited_s, **_step(event.gate, event.step)}
        case NoteAdded():
            return {"problem": event.problem, "nugget": event.nugget}
        case (
            RunStarted()
            | RoundStarted()
            | RoundFinished()
            | StepStarted()
            | StepFinished()
            | ServiceStarted()
            | ServiceEnded()
            | MitigationStarted()
            | MitigationFinished()
            | FixerStarted()
            | FixerFinished()
            | RunFinished()
        ):
            return None


def _step(gate: str, step: str) -> dict[str, Value]:
    return {"step": f"{gate}/{step}"} if step else {}
