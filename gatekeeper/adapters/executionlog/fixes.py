"""Owns the deliverables on causes and cures: root causes, fixes with their proof, the provider. Invents none."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.adapters.executionlog.endings import is_broken_off, none
from gatekeeper.adapters.executionlog.help_parts import NOT_STATED, call_title
from gatekeeper.adapters.executionlog.solutions import solutions
from gatekeeper.adapters.executionlog.text import code, prose
from gatekeeper.adapters.executionlog.words import duration, listed, plural
from gatekeeper.model.events import StepFinished
from gatekeeper.model.help_events import Usage
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.help_words import FILES_UNKNOWN, changer_words, usage_words
from gatekeeper.policy.helped import fixer_calls
from gatekeeper.policy.summary import is_fine, step_name

_NAMED = 8
_SHOWN = 20
_UNNAMED = " (its provider is not stated)"


def root_causes(record: RunRecord) -> Iterator[str]:
    """What patterns and notes say; that nothing is recorded, where they say nothing."""
    events = [event for each in record.rounds for event in each.steps]
    told: dict[tuple[str, str], list[int]] = {}
    for event in events:
        if cause := _cause(event):
            rounds = told.setdefault((step_name(event), cause), [])
            rounds += [event.round] if event.round not in rounds else []
    for (step, cause), rounds in list(told.items())[:_SHOWN]:
        yield f"- {code(step)} in round {', '.join(map(str, rounds))}: {cause}"
    for _, note in record.notes:
        yield f"- {prose(note.problem)}: {_told(note.root_cause)}"
    if not told and not record.notes and all(map(is_fine, events)):
        yield none(record) if is_broken_off(record) else "Nothing failed."
    elif not told and not record.notes:
        yield f"None recorded. {code(f'gatekeeper note {record.run} --root-cause …')} adds one."


def fixes(record: RunRecord) -> Iterator[str]:
    """What changed, by whom; each failure that is no more, with root cause, solution and proof; then the notes."""
    for each in record.rounds:
        for change in each.changes:
            files = listed(tuple(map(code, change.files)), _NAMED) or FILES_UNKNOWN
            yield f"- In or after round {each.started.round}, by {changer_words(change)}: {files}"
    if not record.changes:
        yield "No change of the tree was seen during the run."
    yield from solutions(record)


def provider(record: RunRecord) -> Iterator[str]:
    """Who was called how often, and what that used: exact, or that it is not stated."""
    calls = fixer_calls(record)
    if not calls:
        yield f"None: no fixer was called{_why_none(record)}."
        return
    allowed = record.started.calls if record.started is not None else 0
    for call in calls[:_SHOWN]:
        used = _used(call.finished.usage) if call.finished is not None else "it did not come to its end"
        took = f", {duration(call.finished.duration_s)}" if call.finished and call.finished.duration_s else ""
        who = f"{code(call.started.provider or call.started.command)}{'' if call.started.provider else _UNNAMED}"
        yield f"- {call_title(call.started.call, allowed).capitalize()}: {who}{took}; {used}"
    if len(calls) > _SHOWN:
        yield f"- and {plural(len(calls) - _SHOWN, 'more call')}"
    finished = [call.finished for call in calls if call.finished is not None]
    if len(calls) > 1 and len(finished) == len(calls):
        from gatekeeper.policy.fixer_usage import summed  # what sums are exact with takes a while to import

        if together := usage_words(summed(one.usage for one in finished), NOT_STATED):
            yield f"- **Together:** {prose(together)}"


def _used(usage: Usage) -> str:
    return prose(usage_words(usage, NOT_STATED)) or f"usage {NOT_STATED}"


def _cause(event: StepFinished) -> str:
    known = event.known
    if known is None:
        return f"known pattern {code(event.pattern)}" if event.pattern else ""
    suggestion = f" **What to do:** {prose(known.suggestion)}" if known.suggestion else ""
    return f"{code(known.pattern)} ({known.class_}): {prose(known.root_cause)}{suggestion}"


def _why_none(record: RunRecord) -> str:
    started = record.started
    if started is None or not started.fixer:
        return ""
    if "no-fixer" in record.switches:
        return f"; {code(started.fixer)} could have been, but the kill switch {code('no-fixer')} was in force"
    return f"; {code(started.fixer)} could have been, {plural(started.calls, 'time')} at most"


def _told(text: str) -> str:
    """What a note says; one from a file need not say everything."""
    return prose(text, 2000) or "*not stated*"
