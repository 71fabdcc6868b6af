"""Owns what of a run's record a brief tells. Knows no file: what outputs and dossiers hold is handed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gatekeeper.model.events import StepFinished
from gatekeeper.model.help_events import FixerFinished, FixerStarted
from gatekeeper.model.known import KnownFailure
from gatekeeper.model.plan import StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.brief.facts import BriefFacts, Excerpt, FailingStep, FormerCall, Known, Limits, Remaining
from gatekeeper.policy.fold import RoundRecord, RunRecord
from gatekeeper.policy.judging.words import meaning_of_code, signal_name

_FINE = ("passed", "skipped")
_NOT_THEIR_FAULT = ("blocked", "cancelled")
_RANK = {"failed": 0, "timed-out": 1, "error": 2, "infra": 3}


class SeenOutput(NamedTuple):
    """What was read of the files that a step left: the lines that matter, and what was seen of it while it hung.

    `path` is where the whole output lies.
    """

    excerpt: Excerpt = Excerpt()
    dossier: tuple[str, ...] = ()
    path: str = ""


def failing_steps(record: RunRecord) -> tuple[StepFinished, ...]:
    """The newest results of the steps that did not pass by themselves, what weighs most first."""
    found = [event for event in record.latest.values() if event.verdict not in (*_FINE, *_NOT_THEIR_FAULT)]
    return tuple(sorted(found, key=lambda event: (event.tier != "required", _RANK.get(event.verdict, 4))))


def marks_of(event: StepFinished) -> tuple[str, ...]:
    """What the line of an output may hold that tells the cause of this failure, the most telling first."""
    test = _first_test(event)
    names = (test.partition(": ")[0].split()[0].replace("::", ".").rpartition(".")[2],) if test.strip() else ()
    places = tuple(finding.place for finding in event.findings if finding.place and finding.blocks)
    known = (event.known.line,) if event.known is not None else ()
    return tuple(mark.strip() for mark in (*known, *places[:1], *names) if len(mark.strip()) > 2)


def facts_of(
    record: RunRecord,
    *,
    call: int,
    goal: str,
    limits: Limits,
    remaining: Remaining,
    seen: Mapping[StepId, SeenOutput],
) -> BriefFacts:
    """What the fixer is to be told in its `call`; `seen` is what was read for the failing steps."""
    started = record.started
    failing = failing_steps(record)
    calls = _former_calls(record)
    return BriefFacts(
        cycle=started.cycle if started else "",
        title=started.title if started else "",
        run=record.run,
        call=call,
        goal=goal,
        steps=tuple(_step(event, record, seen.get(StepId(event.gate, event.step), SeenOutput())) for event in failing),
        blocked=tuple(f"{event.gate}/{event.step}" for event in record.latest.values() if event.verdict == "blocked"),
        failing=len(failing),
        passed=sum(event.verdict == "passed" for event in record.latest.values()),
        rounds=tuple(_round(each) for each in record.rounds),
        calls=calls,
        violating=_violating(record),
        reading=tuple(f"{each.path} ({each.digest})" for each in started.reading) if started else (),
        limits=limits,
        remaining=remaining,
    )


def _step(event: StepFinished, record: RunRecord, seen: SeenOutput) -> FailingStep:
    begun = record.begun.get(StepId(event.gate, event.step))
    return FailingStep(
        step=f"{event.gate}/{event.step}",
        verdict=event.verdict,
        tier=event.tier,
        ended=_ended(event),
        command=event.command or "",
        cwd=begun.cwd if begun is not None else "",
        findings=tuple(sorted(event.findings, key=lambda finding: not finding.blocks)),
        known=event.known and _known(event.known),
        first_test=_first_test(event),
        asked=tuple(_asked(event)),
        excerpt=seen.excerpt if seen.excerpt.lines else _last_lines(event),
        dossier=seen.dossier,
        output=seen.path,
    )


def _known(known: KnownFailure) -> Known:
    return Known(known.pattern, known.class_, known.root_cause, known.suggestion, known.runbook)


def _ended(event: StepFinished) -> str:
    if event.exit_code is not None:
        return f"exit code {event.exit_code}{meaning_of_code(event.exit_code)}"
    return f"died of {signal_name(event.signal)}" if event.signal is not None else ""


def _first_test(event: StepFinished) -> str:
    return next((each.message for each in event.findings if each.kind.startswith("test-") and each.blocks), "")


def _asked(event: StepFinished) -> Iterable[str]:
    if event.expected is not None:
        yield f"{event.request}: expected {event.expected}"
        received = event.received
        if received is not None:
            status = "no answer" if received.status is None else f"status {received.status}"
            yield f"received {status} after {received.ms:.0f} ms: {received.excerpt}"
    elif event.request is not None:
        yield event.request
    for check in event.checks:
        if not check.probe.met:
            yield f"{check.kind}: {check.probe.request}: {check.probe.problem}"


def _last_lines(event: StepFinished) -> Excerpt:
    lines = event.last_lines
    return Excerpt(lines, max(0, len(lines) - 1), 0, 0, "its last lines") if lines else Excerpt()


def _round(each: RoundRecord) -> str:
    name = f"round {each.started.round} ({each.started.reason})"
    if each.finished is None:
        return f"{name}: not finished"
    failed = each.finished.failed
    return f"{name}: {', '.join(failed)} did not pass" if failed else f"{name}: all passed"


def _former_calls(record: RunRecord) -> tuple[FormerCall, ...]:
    found: dict[int, FormerCall] = {}
    for place, each in enumerate(record.rounds):
        after = record.rounds[place + 1].finished if place + 1 < len(record.rounds) else None
        for event in each.help:
            match event:
                case FixerStarted():
                    found[event.call] = FormerCall(event.call, "it did not come to its end")
                case FixerFinished():
                    found[event.call] = _former(event, after.failed if after is not None else ())
                case _:
                    pass
    return tuple(found.values())


def _former(event: FixerFinished, still_failed: tuple[str, ...]) -> FormerCall:
    ended = event.problem or f"it ended with exit code {event.exit_code}"
    return FormerCall(
        event.call,
        ended,
        event.diffstat,
        event.commits,
        tuple(finding.message for finding in event.findings),
        event.undone,
        still_failed,
    )


def _violating(record: RunRecord) -> tuple[str, ...]:
    """What is still changed that no call may change, as the newest one left it."""
    for _, event in reversed(record.help):
        if isinstance(event, FixerFinished):
            return event.violating
    return ()
