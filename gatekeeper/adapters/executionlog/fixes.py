"""Owns the deliverables on causes and cures: root causes, fixes with their proof, the provider. Invents none."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.adapters.executionlog.help_parts import NOT_STATED, call_title, commits_words
from gatekeeper.adapters.executionlog.text import block, code, prose
from gatekeeper.adapters.executionlog.words import duration, listed, plural
from gatekeeper.model.events import NoteAdded, StepFinished
from gatekeeper.model.help_events import FixProved, TreeChanged, Usage
from gatekeeper.model.plan import StepId
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.help_words import FILES_UNKNOWN, changer_words, ended_words, proof_words, usage_words
from gatekeeper.policy.helped import FixerCall, Mitigated, Solved, fixer_calls, proofs, solved
from gatekeeper.policy.summary import blocking, is_fine, step_name, telling_first

_NAMED = 8
_SHOWN = 20
_UNNAMED = " (its provider is not stated)"
_PROOF_SIGNS = {"failed": "✅", "passed": "❌", "unclear": "⚠️"}


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
        yield "Nothing failed."
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
    proven = proofs(record)
    for one in [one for one in solved(record) if one.by][:_SHOWN]:
        yield ""
        yield from _solved(record, one, proven.get(StepId(one.failure.gate, one.failure.step)))
    yield from _notes(record)


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


def _solved(record: RunRecord, one: Solved, proved: FixProved | None) -> Iterator[str]:
    failure = one.failure
    rounds, what = ", ".join(map(str, one.rounds)), "".join(_what(failure))
    yield f"- **Problem:** {code(step_name(failure))} {failure.verdict} in round {rounds}{what}"
    yield f"  - **Root cause:** {_known_cause(record, failure)}"
    for number, cure in enumerate(one.by):
        yield f"  - **{'Then' if number else 'Solution'}:** {_cure(cure)}"
    if proved is not None:
        run = f" (run {code(proved.run)})" if proved.run else ""
        yield f"  - **Proof:** {_PROOF_SIGNS[proved.outcome]} {prose(proof_words(proved))}{run}"


def _what(failure: StepFinished) -> Iterator[str]:
    first = next(iter(telling_first(blocking(failure))), None)
    if first is not None:
        yield f": {code(first.message, 200)}"
    # An exit code alone says nothing; what was printed last often does.
    last = next((line for line in reversed(failure.last_lines) if line.strip()), "")
    if last and (first is None or first.kind == "exit-code"):
        yield f", its last line {code(last, 200)}"


def _known_cause(record: RunRecord, failure: StepFinished) -> str:
    if failure.known is not None:
        return f"{prose(failure.known.root_cause)} ({code(failure.known.pattern)})"
    return "no pattern knows it; see the notes below" if record.notes else "not recorded; no pattern knows it"


def _cure(cure: Mitigated | FixerCall | TreeChanged) -> str:
    match cure:
        case Mitigated(started, finished):
            ended = ended_words(finished) if finished is not None else "it did not come to its end"
            return f"mitigation {code(started.command, 200)} of {code(started.pattern)}, {prose(ended)}"
        case FixerCall(started, finished):
            who = f" ({code(started.provider)})" if started.provider else ""
            if finished is None:
                return f"call {started.call} of the fixer{who}, which did not come to its end"
            changed = f"changed {listed(tuple(map(code, finished.changed)), _NAMED)}" if finished.changed else ""
            commits = f", committed as {commits_words(finished.commits)}" if finished.commits else ""
            return f"call {started.call} of the fixer{who} {changed or 'changed nothing'}{commits}"
        case TreeChanged():
            files = listed(tuple(map(code, cure.files)), _NAMED) or f"the tree, {FILES_UNKNOWN}"
            return f"{changer_words(cure)} changed {files}"


def _why_none(record: RunRecord) -> str:
    started = record.started
    if started is None or not started.fixer:
        return ""
    if "no-fixer" in record.switches:
        return f"; {code(started.fixer)} could have been, but the kill switch {code('no-fixer')} was in force"
    return f"; {code(started.fixer)} could have been, {plural(started.calls, 'time')} at most"


def _notes(record: RunRecord) -> Iterator[str]:
    domains: dict[str, list[NoteAdded]] = {}
    for _, note in record.notes:
        domains.setdefault(note.domain, []).append(note)
    for domain, notes in domains.items():
        if domain:
            yield ""
            yield f"**{prose(domain)}**"
        for note in notes:
            yield ""
            yield f"- **Problem:** {prose(note.problem, 2000)}"
            yield f"  - **Root cause:** {_told(note.root_cause)}"
            yield f"  - **Solution:** {_told(note.solution)}"
            yield f"  - **💡 Gold nugget:** {_told(note.nugget)}"
            if note.snippet is not None:
                yield f"  - **Snippet:** {code(note.snippet.place)}"
                yield ""
                yield block(note.snippet.text.split("\n"), "    ")


def _told(text: str) -> str:
    """What a note says; one from a file need not say everything."""
    return prose(text, 2000) or "*not stated*"
