"""Owns the closing block: what came of a run, what failed and why, how to repeat it, and where everything lies.

Pure: made of the run's record and nothing else, so that it can be shown again from any journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from gatekeeper.adapters.console.failure import forms_of
from gatekeeper.adapters.console.layout import Room, Row, graded, height_of, lines_of
from gatekeeper.adapters.console.spans import Line, Span, clean, line, shortened
from gatekeeper.adapters.console.words import Glyphs, count, duration, sign_of, stray, style_of
from gatekeeper.model.events import RunFinished, RunStarted
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.plan import StepId
from gatekeeper.policy.causes import Failures, failures_of
from gatekeeper.policy.evidence_words import weaker_words
from gatekeeper.policy.few import few
from gatekeeper.policy.flakes import flakes
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.helped import can_go_on
from gatekeeper.policy.judged_commit import judged_commit
from gatekeeper.policy.judging.words import describe_listener
from gatekeeper.policy.summary import attempts_of, strays_of, telling_first, weakened

ROOM = Room()
"""What a file or a pipe is read in: a screen of 24 lines, as wide as it has to be."""

_SHOWN_NAMES = 8
_SHOWN_INCIDENTS = 3
_SHOWN_STRAYS = 5
_SHOWN_CHANGES = 5
_LONGEST_CHANGE = 400
_LONGEST_HELP = 300
_LABEL = 15
_TOLD_BY_STEPS = {IncidentKind.TIMEOUT, IncidentKind.HANG, IncidentKind.STRAY}


def closing_block(record: RunRecord, run_folder: str, glyphs: Glyphs, room: Room = ROOM) -> tuple[Line, ...]:
    """The block as lines, in no more than `room`; `run_folder` is where the run's evidence lies.

    The verdict comes first, then what failed, in the order of cause. What finds no room is counted, with the command
    that shows it.
    """
    started, finished = record.started, record.finished
    if started is None or finished is None:
        unended = Row(line(Span(f"{glyphs.warn} the run has no closing event", "warn")))
        return lines_of((unended, _labelled("evidence", run_folder, how="whole")), room.width)
    failures = failures_of(record)
    head = [*_head(started, finished, glyphs), *_died(record, failures, glyphs)]
    tail = [_labelled("execution log", finished.log or "none was written", how="whole")]
    tail.append(_labelled("evidence", run_folder, how="whole"))
    if can_go_on(record):
        tail.insert(0, _labelled("go on", f"gatekeeper run --resume {record.run}", how="command"))
    around = height_of(
        [*head, Row(()), Row(()), _more("9,999 more failures and 99 more facts", record), *tail], room.width
    )
    left = max(room.height - around, 0)
    # Beside failures, what else there is to tell may have a third of the window.
    rest, facts = _bounded(_rest(record, finished, failures), left // 3 if failures.causes else left, room.width)
    left -= height_of(rest, room.width)
    # No more of them than there are lines: a run may have ten thousand.
    forms = [forms_of(cause, record, run_folder, glyphs) for cause in failures.causes[: room.height]]
    told = graded(forms, room._replace(height=left))
    shorter = any(form != longest for form, (longest, *_) in zip(told, forms, strict=False))
    if hidden := _hidden(len(failures.causes) - len(told), facts, shorter=shorter):
        rest.append(_more(hidden, record))
    return lines_of([*head, *_apart(told), Row(()), *rest, *tail], room.width)


def _apart(told: Iterable[tuple[Row, ...]]) -> Iterator[Row]:
    """The failures, with an empty row before each that takes more than one, and before the first that does not."""
    long = True
    for form in told:
        if long or len(form) > 1:
            yield Row(())
        yield from form
        long = len(form) > 1


def _hidden(failures: int, facts: int, *, shorter: bool) -> str:
    """What finds no room, in words."""
    parts = [count(failures, "more failure")] if failures else []
    parts += [count(facts, "more fact")] if facts else []
    parts += ["the failures in full"] if shorter and not failures else []
    return " and ".join(parts)


def _more(what: str, record: RunRecord) -> Row:
    return _labelled("more", f"{what}: gatekeeper show {record.run.rpartition('-')[2]}")


def _bounded(rows: Iterable[Row], left: int, width: int) -> tuple[list[Row], int]:
    """The rows that fit into what is `left`, and how many do not; what somebody should look at goes before the rest."""
    every = list(rows)
    kept = set()
    for number in sorted(range(len(every)), key=lambda number: every[number].front[0].style != "warn"):
        left -= height_of((every[number],), width)
        if left < 0:
            break
        kept.add(number)
    return [row for number, row in enumerate(every) if number in kept], len(every) - len(kept)


def _head(started: RunStarted, finished: RunFinished, glyphs: Glyphs) -> Iterator[Row]:
    style = style_of(finished.verdict)
    total = len(finished.steps)
    passed = sum(step.verdict == "passed" for step in finished.steps)
    of = count(total, "step") if passed == total else f"{passed} of {count(total, 'step')}"
    took = f"{of} passed, {count(finished.rounds, 'round')}"
    if finished.duration_s is not None:
        took += f", {duration(finished.duration_s)}"
    sign = sign_of(finished.verdict, glyphs)
    named = (Span(f"{sign} {clean(finished.verdict)}", style), "  ", Span(clean(started.cycle), "bold"), "  ")
    yield Row(line(*named), line(took))
    if judged := judged_commit(started):
        yield Row(line("  "), line(Span(judged, "dim")))
    if started.selection:
        about = f"only {clean(started.selection)}: this says nothing of the rest of the cycle"
        yield Row(line("  "), line(Span(about, "dim")))
    if finished.reason:
        yield Row(line("  "), line(Span(clean(finished.reason), "dim")))


def _died(record: RunRecord, failures: Failures, glyphs: Glyphs) -> Iterator[Row]:
    """Services that died, where something failed, but not the step that had started them: it is told first anyway."""
    told = {(cause.event.gate, cause.event.step) for cause in failures.causes}
    for _, incident in record.incidents if told else ():
        if incident.kind is IncidentKind.SERVICE_DIED and (incident.gate, incident.step) not in told:
            words = f"{incident.message}; what else failed may come of that"
            yield Row(line(Span(f"  {glyphs.warn} ", "warn")), line(Span(shortened(words, 240), "warn")))


def _rest(record: RunRecord, finished: RunFinished, failures: Failures) -> Iterator[Row]:
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
    cancelled, skipped = (
        [f"{step.gate}/{step.step}" for step in finished.steps if step.verdict == verdict]
        for verdict in ("cancelled", "skipped")
    )
    for label, names in (("blocked", failures.blocked), ("not finished", cancelled), ("skipped", skipped)):
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
    said = _TOLD_BY_STEPS | ({IncidentKind.SERVICE_DIED} if failures.causes else set())
    others = [incident for _, incident in record.incidents if incident.kind not in said]
    for incident in others[:_SHOWN_INCIDENTS]:
        place = f" in {incident.gate}/{incident.step}" if incident.step else ""
        yield _labelled("incident", shortened(f"{incident.kind.value}{place}: {incident.message}", 240), warn=True)
    if len(others) > _SHOWN_INCIDENTS:
        yield _labelled("", f"and {len(others) - _SHOWN_INCIDENTS} more")


def _judging(record: RunRecord) -> Iterator[Row]:
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


def _left_behind(record: RunRecord) -> Iterator[Row]:
    """One line for each process that outlived its step, and each port that somebody else opened meanwhile."""
    attempts = attempts_of(record)
    total = sum(strays_of(event) + len(event.listeners) for event in attempts)
    found = [("left behind", event, stray(one)) for event in attempts for one in event.strays]
    found += [("foreign port", event, describe_listener(one)) for event in attempts for one in event.listeners]
    for label, event, words in found[:_SHOWN_STRAYS]:
        yield _labelled(label, shortened(f"{shortened(f'{event.gate}/{event.step}', 40)}: {words}", 240), warn=True)
    if total > _SHOWN_STRAYS:
        yield _labelled("", f"and {total - _SHOWN_STRAYS} more; the execution log has them")


def _some(names: Sequence[str]) -> str:
    return few([clean(name) for name in names], _SHOWN_NAMES)


def _labelled(label: str, text: str, *, warn: bool = False, how: Literal["words", "command", "whole"] = "words") -> Row:
    return Row(line(Span(f"  {label:<{_LABEL}}", "warn" if warn else "dim")), line(clean(text)), how)
