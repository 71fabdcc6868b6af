"""Owns the account of fixes: Problem, Root cause, Solution with the telling lines of its diff, Proof, Gold nugget.

What failed and was mended by the same things is one fix. Fixes and notes are grouped by the domain that notes name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gatekeeper.adapters.executionlog.help_parts import commits_words
from gatekeeper.adapters.executionlog.text import block, code, prose
from gatekeeper.adapters.executionlog.words import listed, plural
from gatekeeper.model.event_parts import FileDiff
from gatekeeper.model.events import NoteAdded, StepFinished
from gatekeeper.model.help_events import TreeChanged
from gatekeeper.model.plan import StepId
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.help_words import FILES_UNKNOWN, changer_words, ended_words, proof_words
from gatekeeper.policy.helped import FixerCall, Mitigated, Solved, changes_of, notes_of, proofs, solved
from gatekeeper.policy.summary import blocking, step_name, telling_first

_NAMED = 8
_SHOWN = 20
_PROBLEMS = 6
_PROOF_SIGNS = {"failed": "✅", "passed": "❌", "unclear": "⚠️"}
_COMMIT = r"^[^:]+: commit \w+ -> \w+$"


def solutions(record: RunRecord) -> Iterator[str]:
    """A list for each domain: the fixes, then what else was noted."""
    domains: dict[str, list[list[str]]] = {}
    told: list[NoteAdded] = []
    groups = _groups(solved(record))
    for group in groups[:_SHOWN]:
        notes = _notes_of(record, group)
        told += notes
        domain = next((note.domain.strip() for note in notes if note.domain.strip()), "")
        domains.setdefault(domain, []).append(_ended(list(_fix(record, group, notes))))
    for _, note in record.notes:
        if not any(note is other for other in told):
            domains.setdefault(note.domain.strip(), []).append(list(_note(note)))
    for domain, parts in sorted(domains.items(), key=lambda pair: pair[0] != ""):
        if domain:
            yield from ("", f"**{prose(domain)}**")
        yield from (line for part in parts for line in ("", *part))
    if len(groups) > _SHOWN:
        yield from ("", f"- and {plural(len(groups) - _SHOWN, 'more fix', 'more fixes')}")


def cure_words(cure: Mitigated | FixerCall | TreeChanged) -> str:
    """What was done, and what it changed."""
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


def after_words(one: Solved) -> str:
    """After what a step passes that had failed: ``call 1 of the fixer``; empty where nothing was seen to happen."""
    done = []
    for cure in one.by:
        match cure:
            case Mitigated():
                done.append("a mitigation")
            case FixerCall(started, _):
                done.append(f"call {started.call} of the fixer")
            case TreeChanged():
                done.append(f"a change by {changer_words(cure)}")
    return ", ".join(dict.fromkeys(done))


def diff_parts(diffs: Iterable[FileDiff], files: Iterable[str], indent: str) -> Iterator[str]:
    """The telling lines of each file, in a block of its own; `files` are those that changed, and commits."""
    shown = tuple(diffs)
    named = {each.file for each in shown}
    more = sum(name not in named and not re.search(_COMMIT, name) for name in files)
    for each in shown:
        if each.diff:
            yield from ("", f"{indent}{code(each.file)}:", "")
            yield block(each.diff.split("\n"), indent, "diff")
    if silent := tuple(f"{code(each.file)} ({prose(each.why_not)})" for each in shown if not each.diff):
        yield from ("", f"{indent}Not shown: {listed(silent, _NAMED)}")
    if shown and more:
        yield from ("", f"{indent}and {plural(more, 'more file')}")


def _groups(found: Iterable[Solved]) -> list[list[Solved]]:
    groups: list[list[Solved]] = []
    for one in found:
        if not one.by:
            continue
        same = next((group for group in groups if group[0].by == one.by), None)
        if same is None:
            groups.append([one])
        else:
            same.append(one)
    return groups


def _ended(lines: list[str]) -> list[str]:
    """The lines without empty ones at their end."""
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _notes_of(record: RunRecord, group: list[Solved]) -> list[NoteAdded]:
    calls = [cure for cure in group[0].by if isinstance(cure, FixerCall)]
    return [note for call in calls for note in notes_of(record, call)]


def _fix(record: RunRecord, group: list[Solved], notes: list[NoteAdded]) -> Iterator[str]:
    proven = proofs(record)
    for one in group[:_PROBLEMS]:
        failure = one.failure
        rounds, what = ", ".join(map(str, one.rounds)), "".join(_what(failure))
        yield f"- **Problem:** {code(step_name(failure))} {failure.verdict} in round {rounds}{what}"
    if len(group) > _PROBLEMS:
        yield f"- **Problem:** and {plural(len(group) - _PROBLEMS, 'more step')}"
    yield from _root_cause(record, group, notes)
    for number, cure in enumerate(group[0].by):
        yield f"  - **{'Then' if number else 'Solution'}:** {cure_words(cure)}"
        yield from (f"    - As it noted: {prose(note.solution, 2000)}" for note in _of(record, cure) if note.solution)
        yield from _diffs_of(record, cure)
    for one in group[:_PROBLEMS]:
        proved = proven.get(StepId(one.failure.gate, one.failure.step))
        if proved is not None:
            step = f" {code(step_name(one.failure))}:" if len(group) > 1 else ""
            run = f" (run {code(proved.run)})" if proved.run else ""
            yield f"  - **Proof:**{step} {_PROOF_SIGNS[proved.outcome]} {prose(proof_words(proved))}{run}"
    nuggets = dict.fromkeys(prose(note.nugget, 2000) for note in notes if note.nugget)
    yield from (f"  - **💡 Gold nugget:** {nugget}" for nugget in nuggets)


def _of(record: RunRecord, cure: Mitigated | FixerCall | TreeChanged) -> tuple[NoteAdded, ...]:
    return notes_of(record, cure) if isinstance(cure, FixerCall) else ()


def _what(failure: StepFinished) -> Iterator[str]:
    first = next(iter(telling_first(blocking(failure))), None)
    if first is not None:
        yield f": {code(first.message, 200)}"
    # An exit code alone says nothing; what was printed last often does.
    last = next((line for line in reversed(failure.last_lines) if line.strip()), "")
    if last and (first is None or first.kind == "exit-code"):
        yield f", its last line {code(last, 200)}"


def _root_cause(record: RunRecord, group: list[Solved], notes: list[NoteAdded]) -> Iterator[str]:
    known = {one.failure.known.pattern: one.failure.known for one in group if one.failure.known is not None}
    for one in known.values():
        yield f"  - **Root cause:** {prose(one.root_cause)} ({code(one.pattern)})"
    for note in notes:
        if note.root_cause:
            yield f"  - **Root cause, as it was noted:** {prose(note.problem)}: {prose(note.root_cause, 2000)}"
    if not known and not any(note.root_cause for note in notes):
        where = "see what was noted" if len(record.notes) > len(notes) else "not recorded"
        yield f"  - **Root cause:** {where}; no pattern knows it"


def _diffs_of(record: RunRecord, cure: Mitigated | FixerCall | TreeChanged) -> Iterator[str]:
    match cure:
        case FixerCall(_, finished):
            changes = changes_of(record, cure)
            files = finished.changed if finished is not None else ()
        case TreeChanged():
            changes, files = (cure,), cure.files
        case Mitigated():
            return
    found = list(diff_parts((diff for change in changes for diff in change.diffs), files, "    "))
    if found:
        yield from (*found, "")


def _note(note: NoteAdded) -> Iterator[str]:
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
