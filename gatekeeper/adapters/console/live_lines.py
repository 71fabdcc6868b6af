"""Owns what stays on the terminal above the live view: one line for what ended or happened. Pure."""

from __future__ import annotations

from gatekeeper.adapters.console.lines import facts_of, line_of
from gatekeeper.adapters.console.spans import Line, Span, clean, line, padded, shortened
from gatekeeper.adapters.console.words import Glyphs, sign_of, style_of
from gatekeeper.model.events import (
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
from gatekeeper.policy.containment import BEST_EFFORT
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.judged_commit import judged_commit

_WIDEST_NAME = 40


def lasting_line(event: Event, record: RunRecord, names: int, glyphs: Glyphs) -> Line | None:
    """The line that stays of `event`, or None where the live view or the closing block says it.

    `names` is the width of the column for step names.
    """
    match event:
        case RunStarted():
            title = f"  {clean(event.title)}" if event.title else ""
            at = f"  {judged}" if (judged := judged_commit(event)) else ""
            weak = "  best-effort containment" if event.containment == BEST_EFFORT else ""
            off = f"  kill switches in force: {clean(', '.join(event.switches))}" if event.switches else ""
            return line(
                Span(clean(event.cycle), "bold"), title, at, Span(f"  {record.run}", "dim"), Span(weak + off, "warn")
            )
        case RoundStarted():
            return line(Span(f"round {event.round}  {clean(event.reason)}", "dim"))
        case StepFinished():
            return _finished(event, names, glyphs)
        case IncidentHappened():
            place = f" {event.gate}/{event.step}" if event.step else ""
            text = shortened(f"{event.kind.value}{place}: {event.message}", 300)
            return line(Span(f"  {glyphs.warn} {text}", "warn"))
        case RoundFinished(abandoned=True):
            return line(Span(f"round {event.round}  ended early, because the tree changed under it", "dim"))
        case ServiceStarted() | ServiceEnded(how="ended") | StepStarted() | RoundFinished() | RunFinished():
            return None
        case ServiceEnded() | RetryScheduled() | TreeChanged() | NoteAdded() | RerunFinished() | StepFlaky():
            return line(Span("    "), *line_of(event, record))
        case MitigationStarted() | MitigationFinished() | FixerStarted() | FixerFinished() | BreakerOpened():
            return line(Span("    "), *line_of(event, record))
        case ChangeAwaited() | FixProved() | RunResumed() | RepoSettled():
            return line(Span("    "), *line_of(event, record))
        case LockAwaited() | LockTaken():
            return line(Span("    "), *line_of(event, record))
        case IntegrityCompared() | BaselineMeasured() | BaselineAccepted():
            return line(Span("    "), *line_of(event, record))


def names_width(started: RunStarted) -> int:
    """How wide the column for step names is."""
    return min(max((len(step.gate) + 1 + len(step.step) for step in started.steps), default=0), _WIDEST_NAME)


def _finished(event: StepFinished, names: int, glyphs: Glyphs) -> Line:
    style = style_of(event.verdict)
    facts = facts_of(event)
    if event.attempt > 1:
        facts.insert(1, f"attempt {event.attempt}")
    verdict = "" if event.verdict == "passed" else f"{event.verdict}  "
    return line(
        Span(f"  {sign_of(event.verdict, glyphs)} ", style),
        Span(padded(clean(f"{event.gate}/{event.step}"), names), "dim" if style == "dim" else ""),
        "  ",
        Span(verdict, style),
        Span(f" {glyphs.dot} ".join(map(clean, facts)), "dim" if style in {"good", "dim"} else ""),
    )
