"""Owns what an agent reads when it is kept going: what failed first, what is older than it, what to do. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from gatekeeper.model.events import StepFinished
from gatekeeper.policy.agents.stopping import Began, Judged
from gatekeeper.policy.brief.gathering import failing_steps
from gatekeeper.policy.causes import Cause, failures_of
from gatekeeper.policy.few import few
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.help_words import cause_words
from gatekeeper.policy.number_words import plural
from gatekeeper.policy.summary import telling_first

_LONGEST = 400
_LONGEST_LINE = 200
_NAMES = 5
_END = (
    "Mend the cause; a check that was made weaker is seen. If this is not yours to mend, say so in your answer and "
    "stop: on one tree you are told the same only once."
)


def failing_of(record: RunRecord) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The steps that did not pass at the end of a run, each with the ids of its failing tests."""
    return tuple((_name(event), tuple(sorted(_tests(event)))) for event in failing_steps(record))


def reason(cycle: str, judged: Judged, record: RunRecord | None, began: Began | None, brief: str) -> str:
    """Why the agent is kept going. `record` is that of the run, None where it cannot be read; `brief` may be empty."""
    return "\n".join(_lines(cycle, judged, record, began, brief))


def _lines(cycle: str, judged: Judged, record: RunRecord | None, began: Began | None, brief: str) -> Iterator[str]:
    by = f" (run {judged.run})" if judged.run else ""
    if judged.word == "not judged":
        yield f"gatekeeper: this tree is not judged by {cycle}{by}: {judged.why or 'no run came to its end'}"
        yield f"Nothing says that it is green. Judge it yourself: gatekeeper run {shlex.quote(cycle)}"
        yield "If that cannot be, say in your answer that it was not judged, and stop: you are told this only once."
        return
    yield f"gatekeeper: {cycle} is {judged.word} on this tree{by}" + (f": {judged.why}" if judged.why else "")
    causes = failures_of(record).causes if record is not None else ()
    if causes:
        yield f"First: {_told(causes[0])}"
        if causes[0].blocked:
            yield f"Not run because of it: {few(causes[0].blocked, _NAMES)}"
        if causes[1:]:
            yield f"Also: {few([f'{_name(cause.event)} ({cause.event.verdict})' for cause in causes[1:]], _NAMES)}"
        yield from _before(causes, began)
    if brief:
        yield f"All that is known of it: {brief}"
    again = f" --only {shlex.quote(_name(causes[0].event))}" if causes else ""
    yield f"Repeat: gatekeeper run {shlex.quote(cycle)}{again}"
    yield _END


def _told(cause: Cause) -> str:
    event = cause.event
    findings = sorted(telling_first(event.findings), key=lambda finding: not finding.blocks)
    why = cause_words(event.known) if event.known is not None else ""
    place = ""
    if findings:
        tests = sum(finding.kind.startswith("test-") and finding.blocks for finding in findings)
        why = why or findings[0].message
        place = f" ({findings[0].place})" if findings[0].place else ""
        place += f" and {plural(tests - 1, 'test')} more" if tests > 1 else ""
    elif not why and event.exit_code is not None:
        why = f"exit code {event.exit_code}"
    if event.last_lines and all(finding.kind == "exit-code" for finding in findings):
        # Marked off, because it is not us who says it.
        why += f"; it wrote last: «{event.last_lines[-1].strip()[:_LONGEST_LINE]}»"
    why = " ".join(why.split())
    return f"{_name(event)} {event.verdict}: {why[:_LONGEST]}{place}"


def _before(causes: tuple[Cause, ...], began: Began | None) -> Iterator[str]:
    """What of it is older than the session, as far as anybody knows."""
    if began is None:
        yield "Whether that failed before your session is not known: nobody took down how it began."
        return
    match began.answer:
        case "green":
            yield f"Before your session it was green ({began.run})."
            return
        case "red" | "flaky":
            pass
        case _:
            yield "Whether that failed before your session is not known: the tree was not judged when it began."
            return
    before = {step: frozenset(tests) for step, tests in began.failing}
    events = [event for cause in causes for event in (cause.event, *cause.alike)]
    old = [_name(event) for event in events if _name(event) in before and not _tests(event) - before[_name(event)]]
    new = [_new(event, before) for event in events if _name(event) not in old]
    if old:
        yield f"Failed before your session, too ({began.run}): {few(old, _NAMES)}"
    yield f"New in your session: {few(new, _NAMES)}" if new else "Nothing of it is new in your session."


def _new(event: StepFinished, before: dict[str, frozenset[str]]) -> str:
    tests = sorted(_tests(event) - before.get(_name(event), frozenset()))
    return f"{_name(event)} ({few(tests, _NAMES)})" if tests else _name(event)


def _tests(event: StepFinished) -> frozenset[str]:
    found = (finding for finding in event.findings if finding.kind.startswith("test-") and finding.blocks)
    return frozenset(finding.message.partition(": ")[0] for finding in found)


def _name(event: StepFinished) -> str:
    return f"{event.gate}/{event.step}"
