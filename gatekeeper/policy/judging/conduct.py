"""Owns the rules on how a command behaved: limits, strays, checks, containment, output. Knows no evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from gatekeeper.model.containment import Containment
from gatekeeper.model.incident import Incident, IncidentKind
from gatekeeper.model.outcome import (
    Attempt,
    Cancelled,
    Exited,
    GuardBroken,
    LimitExceeded,
    NotStarted,
    Outcome,
    Probed,
    Signalled,
    TimedOut,
)
from gatekeeper.model.plan import Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.containment import falls_short, weakened
from gatekeeper.policy.judging.claim import limit_finding
from gatekeeper.policy.judging.objection import Objection, fails
from gatekeeper.policy.judging.words import describe_strays, describe_timeout


class Conduct(NamedTuple):
    """What these rules look at: the step, what was seen of it, and what had to hold it."""

    step: Step
    attempt: Attempt
    containment: Containment


def limits(seen: Conduct) -> Iterable[Objection]:
    """What ran into a limit has not done its work, whatever it says."""
    return (Objection("fails", limit_finding(one, seen.attempt.outcome)) for one in seen.attempt.exceeded)


def _strays(seen: Conduct) -> Iterable[Objection]:
    attempt = seen.attempt
    if seen.step.strays == "fail" and attempt.strays:
        yield fails("stray", describe_strays(attempt.strays, attempt.strays_total))


def _unmet_checks(seen: Conduct) -> Iterable[Objection]:
    for check in seen.attempt.checks:
        if not check.probe.met:
            yield fails(_check(check.kind), f"{check.probe.request}: {check.probe.problem}")


def _unasked_checks(seen: Conduct) -> Iterable[Objection]:
    step = seen.step
    declared = Counter(check.kind for check in (step.ready, *step.after_each) if check is not None)
    asked = Counter(check.kind for check in seen.attempt.checks)
    for kind in declared - asked:
        yield _doubted(_check(kind), f"the step declares a {kind} check that was not asked")


def _unheld(seen: Conduct) -> Iterable[Objection]:
    if _ran(seen.attempt.outcome) and (short := falls_short(seen.containment.required, seen.attempt.layers)):
        yield _doubted("containment-broken", short)


def _alive(seen: Conduct) -> Iterable[Objection]:
    # Nobody can promise what it does to the steps that follow, or to the tree.
    for incident in seen.attempt.incidents:
        if incident.kind is IncidentKind.UNKILLABLE:
            yield _doubted("unkillable", incident.message)


def _lost_output(seen: Conduct) -> Iterable[Objection]:
    # Neither a pass nor a failure is proven by what is not there, and a full disk makes anything fail.
    if seen.attempt.lost:
        yield Objection("infra", Finding("output-lost", seen.attempt.lost))


RULES: tuple[Callable[[Conduct], Iterable[Objection]], ...] = (
    _strays,
    _unmet_checks,
    _unasked_checks,
    _unheld,
    _alive,
    _lost_output,
)
"""Every rule on conduct but `limits`, whose findings are told before those of the claim."""


def incidents_of(seen: Conduct) -> tuple[Incident, ...]:
    """What the log must tell of the attempt, whatever the verdict."""
    attempt = seen.attempt
    incidents = list(attempt.incidents)
    if _ran(attempt.outcome) and (less := weakened(seen.containment, attempt.layers)):
        incidents.append(Incident(IncidentKind.CONTAINMENT_BROKEN, less))
    match attempt.outcome:
        case TimedOut(by=by) as outcome:
            kind = IncidentKind.HANG if by == "quiet" else IncidentKind.TIMEOUT
            incidents.append(Incident(kind, describe_timeout(outcome)))
        case _:
            pass
    if attempt.strays:
        incidents.append(Incident(IncidentKind.STRAY, describe_strays(attempt.strays, attempt.strays_total)))
    return tuple(incident._replace(gate=seen.step.gate, step=seen.step.name) for incident in incidents)


def _check(kind: str) -> str:
    return f"{kind.replace('_', '-')}-check"


def _doubted(kind: str, message: str) -> Objection:
    return Objection("doubted", Finding(kind, message))


def _ran(outcome: Outcome) -> bool:
    """Whether there was a command that something had to hold, and that is not told of as broken anyway."""
    match outcome:
        case Exited() | Signalled() | TimedOut() | LimitExceeded():
            return True
        case NotStarted() | Cancelled() | GuardBroken() | Probed():
            return False
