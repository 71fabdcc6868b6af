"""Owns in which order failures are told: what brought others about comes before them. Knows no words and no layout."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.model.events import StepFinished
from gatekeeper.model.help_events import BreakerOpened
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.plan import StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.signature import result_signature

_NEEDS_NO_WORDS = frozenset({"passed", "skipped", "blocked", "cancelled"})


class Cause(NamedTuple):
    """One thing that went wrong: the result that tells of it.

    `alike` are the other combinations of the same matrix that failed just so; `blocked` are the steps that did not run
    because of it, as ``gate/step``.
    """

    event: StepFinished
    alike: tuple[StepFinished, ...] = ()
    blocked: tuple[str, ...] = ()


class Failures(NamedTuple):
    """All that went wrong: `causes` in the order to tell them in, and what was `blocked` by none of them."""

    causes: tuple[Cause, ...]
    blocked: tuple[str, ...] = ()


def failures_of(record: RunRecord) -> Failures:
    """What speaks against the run now, causes first.

    Required steps come before the others. Among equals: what failed because of a dependency that a breaker gave up,
    infrastructure and what had started a service that died, what blocked others, what a pattern knows; else in the
    order of time.
    """
    events = _newest(record)
    failed = [event for event in events if event.verdict not in _NEEDS_NO_WORDS]
    blocked_by, unexplained = _blocked(events, frozenset(map(_name, failed)))
    together: dict[tuple[str, ...], list[StepFinished]] = {}
    for event in failed:
        together.setdefault(_likeness(event), []).append(event)
    causes = [
        Cause(first, tuple(alike), tuple(name for each in (first, *alike) for name in blocked_by.get(_name(each), ())))
        for first, *alike in together.values()
    ]
    given_up = {
        event.signature for _, event in record.help if isinstance(event, BreakerOpened) and event.kind == "dependency"
    }
    dead = {(incident.gate, incident.step) for incident in dead_services(record)}
    causes.sort(key=lambda cause: _rank(cause, given_up, dead))
    return Failures(tuple(causes), tuple(unexplained))


def dead_services(record: RunRecord) -> tuple[StepId, ...]:
    """The steps whose services died before the cycle ended, each once."""
    found = (
        StepId(incident.gate, incident.step)
        for _, incident in record.incidents
        if incident.kind is IncidentKind.SERVICE_DIED
    )
    return tuple(dict.fromkeys(found))


def _newest(record: RunRecord) -> tuple[StepFinished, ...]:
    """The newest result of every step, with the verdict that the run closed with; by time."""
    results = dict(record.latest)
    for summary in record.finished.steps if record.finished is not None else ():
        step = StepId(summary.gate, summary.step)
        # A verdict without its event (a journal of a later version) is still told, with nothing to say about it.
        event = results.get(step) or StepFinished(*step, 0, summary.attempts, summary.verdict)
        # One that ran anew when the run was broken off has no result of its own.
        verdict = StepVerdict.CANCELLED.value if summary.verdict == StepVerdict.CANCELLED else event.verdict
        results[step] = event._replace(verdict=verdict, tier=summary.tier, attempt=summary.attempts)
    return tuple(results.values())


def _rank(cause: Cause, given_up: set[str], dead: set[tuple[str, str]]) -> tuple[bool, ...]:
    event = cause.event
    known = event.known
    infra = event.verdict == StepVerdict.INFRA or (known is not None and known.class_ == "infra")
    first = (
        event.tier == "required",
        any(_depends(event, one) for one in given_up),
        infra or (event.gate, event.step) in dead,
        bool(cause.blocked),
        known is not None,
    )
    return tuple(not holds for holds in first)


def _depends(event: StepFinished, dependency: str) -> bool:
    host = dependency.rpartition(":")[0] or dependency
    named = event.known.dependency if event.known is not None else ""
    return dependency == named or host in (event.request or "")


def _likeness(event: StepFinished) -> tuple[str, ...]:
    base, bracket, _ = event.step.partition("[")
    if not bracket:
        return (event.gate, event.step)
    return (event.gate, base, bracket, event.tier, result_signature(event))


def _blocked(events: Iterable[StepFinished], failed: frozenset[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Which steps each failed one kept from running, also by way of others; and those of which none did."""
    blocked = {_name(event): event for event in events if event.verdict == StepVerdict.BLOCKED}
    roots: dict[str, str] = {}
    for name in blocked:
        way: dict[str, None] = {}
        at = name
        while at in blocked and at not in roots and at not in way:
            way[at] = None
            at = _named(blocked[at], failed, blocked)
        root = roots.get(at, at if at in failed else "")
        roots |= dict.fromkeys(way, root)
    found: dict[str, list[str]] = {}
    for name, root in roots.items():
        if root:
            found.setdefault(root, []).append(name)
    return found, [name for name in blocked if not roots[name]]


def _named(event: StepFinished, failed: frozenset[str], blocked: dict[str, StepFinished]) -> str:
    """The step that a blocked one says it was blocked by (`gatekeeper.policy.schedule` writes it), or empty."""
    own = _name(event)
    for finding in event.findings:
        # A value of a matrix may hold spaces; no name is another's beginning and followed by one of these.
        ends = [at for at, sign in enumerate(finding.message) if sign in " ,"] + [len(finding.message)]
        starts = [0, *(at + 1 for at in ends)]
        for start in starts:
            for end in ends:
                word = finding.message[start:end]
                if start < end and word != own and (word in failed or word in blocked):
                    return word
    return ""


def _name(event: StepFinished) -> str:
    return f"{event.gate}/{event.step}"
