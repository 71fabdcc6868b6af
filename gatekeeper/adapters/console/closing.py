"""Owns the closing block: what came of a run, what failed and why, how to repeat it, and where everything lies.

Pure: made of the run's record and nothing else, so that it can be shown again from any journal.
"""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.adapters.console.failure import failure_lines
from gatekeeper.adapters.console.spans import Line, Span, clean, line, shortened
from gatekeeper.adapters.console.words import Glyphs, count, duration, sign_of, stray, style_of
from gatekeeper.model.event_parts import StepSummary
from gatekeeper.model.events import RunFinished, RunStarted, StepFinished
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.plan import StepId
from gatekeeper.policy.evidence_words import weaker_words
from gatekeeper.policy.flakes import flakes
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.helped import can_go_on
from gatekeeper.policy.judging.words import describe_listener
from gatekeeper.policy.summary import attempts_of, strays_of, telling_first, weakened

_SHOWN_FAILURES = 10
_SHOWN_NAMES = 8
_SHOWN_INCIDENTS = 3
_SHOWN_STRAYS = 5
_SHOWN_CHANGES = 5
_LONGEST_CHANGE = 400
_LONGEST_HELP = 300
_LABEL = 15
_TOLD_BY_STEPS = {IncidentKind.TIMEOUT, IncidentKind.HANG, IncidentKind.STRAY}
_NEEDS_NO_WORDS = {"passed", "skipped", "blocked", "cancelled"}


def closing_block(record: RunRecord, run_folder: str, glyphs: Glyphs) -> tuple[Line, ...]:
    """The block as lines; `run_folder` is where the run's evidence lies."""
    started, finished = record.started, record.finished
    if started is None or finished is None:
        return (
            line(Span(f"{glyphs.warn} the run has no closing event", "warn")),
            _labelled("evidence", run_folder),
        )
    failed = [step for step in _ordered(finished) if step.verdict not in _NEEDS_NO_WORDS]
    lines = [*_head(started, finished, glyphs)]
    for step in failed[:_SHOWN_FAILURES]:
        # A verdict without its event (a journal of a later version) is still told, with nothing to say about it.
        bare = StepFinished(step.gate, step.step, 0, step.attempts, step.verdict)
        event = record.latest.get(StepId(step.gate, step.step), bare)
        lines += [(), *failure_lines(event, step, record, run_folder, glyphs)]
    if len(failed) > _SHOWN_FAILURES:
        lines += [(), line(f"  … and {len(failed) - _SHOWN_FAILURES} more steps; the execution log has them all")]
    lines += [(), *_rest(record, finished)]
    if can_go_on(record):
        lines.append(_labelled("go on", f"gatekeeper run --resume {record.run}"))
    lines.append(_labelled("execution log", finished.log or "none was written"))
    lines.append(_labelled("evidence", run_folder))
    return tuple(lines)


def _head(started: RunStarted, finished: RunFinished, glyphs: Glyphs) -> Iterator[Line]:
    style = style_of(finished.verdict)
    total = len(finished.steps)
    passed = sum(step.verdict == "passed" for step in finished.steps)
    of = count(total, "step") if passed == total else f"{passed} of {count(total, 'step')}"
    took = f"{of} passed, {count(finished.rounds, 'round')}"
    if finished.duration_s is not None:
        took += f", {duration(finished.duration_s)}"
    sign = sign_of(finished.verdict, glyphs)
    yield line(Span(f"{sign} {finished.verdict}", style), "  ", Span(clean(started.cycle), "bold"), f"  {took}")
    if started.selection:
        yield line(Span(f"  only {clean(started.selection)}: this says nothing of the rest of the cycle", "dim"))
    if finished.reason:
        yield line(Span(f"  {clean(finished.reason)}", "dim"))


def _rest(record: RunRecord, finished: RunFinished) -> Iterator[Line]:
    if record.was_helped:
        from gatekeeper.adapters.console.closing_help import help_said

        for label, words, warn in help_said(record):
            yield _labelled(label, shortened(words, _LONGEST_HELP), warn=warn)
    for step, failing in flakes(record).items():
        if record.latest[StepId(failing.gate, failing.step)].verdict != "passed":
            continue
        first = telling_first(failing.findings)[:1]
        why = f": {shortened(first[0].message, 160)}" if first else ""
        yield _labelled(
            "flaky", f"{step} {failing.verdict} in round {failing.round}, then passed on the same tree{why}"
        )
    for told in record.flaky:
        latest = record.latest.get(StepId(told.gate, told.step))
        again = [one.message for one in latest.findings if one.kind == "test-rerun"] if latest else []
        named = f": {_some(again)}" if again else ""
        yield _labelled("flaky", f"{told.gate}/{told.step} {told.message}{named}")
    for verdict, label in (("blocked", "blocked"), ("cancelled", "not finished"), ("skipped", "skipped")):
        names = [f"{step.gate}/{step.step}" for step in finished.steps if step.verdict == verdict]
        if names:
            yield _labelled(label, _some(names))
    for event in [event for event in record.teardown if event.verdict != "passed"][:_SHOWN_INCIDENTS]:
        why = f": {event.findings[0].message}" if event.findings else ""
        yield _labelled("teardown", shortened(f"{event.gate}/{event.step} {event.verdict}{why}", 240), warn=True)
    files = list(dict.fromkeys(file for _, change in record.changes for file in change.files))
    if files:
        yield _labelled("tree changed", _some(files))
    yield from _judging(record)
    yield from _left_behind(record)
    others = [incident for _, incident in record.incidents if incident.kind not in _TOLD_BY_STEPS]
    for incident in others[:_SHOWN_INCIDENTS]:
        place = f" in {incident.gate}/{incident.step}" if incident.step else ""
        yield _labelled("incident", shortened(f"{incident.kind.value}{place}: {incident.message}", 240), warn=True)
    if len(others) > _SHOWN_INCIDENTS:
        yield _labelled("", f"and {len(others) - _SHOWN_INCIDENTS} more")


def _judging(record: RunRecord) -> Iterator[Line]:
    """What weakened what judges, whoever did it, and what may leave the quarantine."""
    if record.compared is not None and record.compared.problem:
        yield _labelled("not compared", shortened(record.compared.problem, 240), warn=True)
    unique = list(dict.fromkeys(map(weaker_words, weakened(record))))
    for words in unique[:_SHOWN_CHANGES]:
        yield _labelled("weakened", shortened(words, _LONGEST_CHANGE), warn=True)
    if len(unique) > _SHOWN_CHANGES:
        yield _labelled("", f"and {len(unique) - _SHOWN_CHANGES} more; the execution log has them")
    graduates = [test for event in record.latest.values() if event.comparison for test in event.comparison.graduates]
    if graduates:
        yield _labelled("pass again", f"{_some(graduates)}: could leave quarantine")


def _left_behind(record: RunRecord) -> Iterator[Line]:
    """One line for each process that outlived its step, and each port that somebody else opened meanwhile."""
    attempts = attempts_of(record)
    total = sum(strays_of(event) + len(event.listeners) for event in attempts)
    found = [("left behind", event, stray(one)) for event in attempts for one in event.strays]
    found += [("foreign port", event, describe_listener(one)) for event in attempts for one in event.listeners]
    for label, event, words in found[:_SHOWN_STRAYS]:
        yield _labelled(label, shortened(f"{shortened(f'{event.gate}/{event.step}', 40)}: {words}", 240), warn=True)
    if total > _SHOWN_STRAYS:
        yield _labelled("", f"and {total - _SHOWN_STRAYS} more; the execution log has them")


def _ordered(finished: RunFinished) -> list[StepSummary]:
    return sorted(finished.steps, key=lambda step: step.tier != "required")


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return ", ".join(map(clean, names[:_SHOWN_NAMES])) + more


def _labelled(label: str, text: str, *, warn: bool = False) -> Line:
    return line(Span(f"  {label:<{_LABEL}}", "warn" if warn else "dim"), clean(text))
