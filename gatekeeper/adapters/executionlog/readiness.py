"""Owns what a run came to: metrics against goals, guidelines from the nuggets, and what the verdict does not say."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.adapters.executionlog.endings import metrics
from gatekeeper.adapters.executionlog.text import code, prose
from gatekeeper.adapters.executionlog.words import listed, plural, short
from gatekeeper.model.events import RunFinished, StepFinished
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.helped import beyond, proofs
from gatekeeper.policy.summary import count_now, failing, never_judged, step_name, weakened

_NAMED = 6
_GUIDELINES = 40
_ANYWHERE = "Anywhere"


def what_it_came_to(record: RunRecord) -> list[str]:
    """``### Final Metrics against Goals``, ``### Guidelines`` and ``### Readiness`` of a run that has ended."""
    parts = (
        ("Final Metrics against Goals", metrics),
        ("Guidelines for What Comes Next", _guidelines),
        ("Readiness", _readiness),
    )
    return [line for title, part in parts for line in (f"### {title}", "", *part(record), "")]


def _guidelines(record: RunRecord) -> Iterator[str]:
    """Each gold nugget once, by domain."""
    domains: dict[str, dict[str, str]] = {}
    for _, note in record.notes:
        if nugget := " ".join(note.nugget.split()):
            domains.setdefault(note.domain.strip(), {}).setdefault(nugget.casefold(), nugget)
    if not domains:
        yield f"No gold nugget was noted. {code(f'gatekeeper note {record.run} --nugget …')} adds one."
        return
    rest = domains.pop("", {})
    left = _GUIDELINES
    for domain, nuggets in (*domains.items(), (_ANYWHERE, rest)):
        if nuggets and left > 0:
            shown = list(nuggets.values())[:left]
            left -= len(shown)
            yield f"- **{prose(domain)}:**"
            yield from (f"  {number}. {prose(nugget, 2000)}" for number, nugget in enumerate(shown, 1))
    if (more := sum(map(len, (*domains.values(), rest))) - _GUIDELINES) > 0:
        yield f"- and {more:,} more"


def _readiness(record: RunRecord) -> Iterator[str]:
    if record.finished is None:
        return
    yield _said(record, record.finished)
    limits = [*_not_shown(record), *_left(record)]
    if limits:
        yield from ("", *limits)


def _said(record: RunRecord, finished: RunFinished) -> str:
    counts = count_now(record)
    part = f"the part {code(finished.selection)} of the cycle" if finished.selection else "this cycle"
    steps = f"{counts.passed:,} of {plural(counts.steps, 'step')} passed"
    match finished.verdict:
        case "green":
            return f"✅ **Ready, as far as {part} looks:** {steps} on tree {code(short(finished.tree))}."
        case "green-after-fix":
            where = f"{steps} on tree {code(short(finished.tree))}, after it had been red"
            return f"✅ **Ready, as far as {part} looks:** {where}{_proven(record)}."
        case "flaky":
            return f"⚠️ **Not ready:** a step fails and passes on the same tree, so that a pass of {part} says little."
        case "red":
            bad = listed(tuple(code(step_name(event)) for event in _causes(record)), _NAMED)
            return f"❌ **Not ready:** {steps}{f'; what does not: {bad}' if bad else ''}."
        case "inconclusive":
            return f"⚠️ **Not known:** {steps}, and neither a pass nor a failure of {part} could be concluded."
        case _:
            return f"🛑 **Not known:** {part} was broken off; until then {steps}."


def _proven(record: RunRecord) -> str:
    proven = proofs(record)
    if not proven:
        return "; nobody tried whether the fix is what made it pass"
    good = sum(proved.outcome == "failed" for proved in proven.values())
    return f"; {good:,} of {plural(len(proven), 'fix', 'fixes')} proven to be what made it pass"


def _causes(record: RunRecord) -> list[StepFinished]:
    bad = failing(record)
    return [event for event in bad if event.verdict != "blocked"] or list(bad)


def _not_shown(record: RunRecord) -> Iterator[str]:
    """What a green does not say."""
    if record.finished is None or not record.finished.verdict.startswith("green"):
        return
    parts = []
    started = record.started
    if started is not None and started.unproven:
        parts.append(f"that {plural(len(started.unproven), 'required step')} can fail at all (unproven)")
    skipped = sum(event.verdict == "skipped" for event in record.latest.values())
    if skipped:
        parts.append(f"{plural(skipped, 'step')} that {'was' if skipped == 1 else 'were'} skipped")
    if never := never_judged(record):
        parts.append(f"{plural(len(never), 'step')} that never ran")
    if tests := sum(event.tests.skipped for event in record.latest.values() if event.tests is not None):
        parts.append(f"{plural(tests, 'skipped test')}")
    if parts:
        yield f"- **Not shown:** {'; '.join(parts)}"


def _left(record: RunRecord) -> Iterator[str]:
    """What people still have to see to."""
    finished = record.finished
    optional = [event for event in failing(record) if event.tier != "required"]
    parts = []
    if optional and finished is not None and finished.verdict.startswith("green"):
        names = listed(tuple(code(step_name(event)) for event in optional), _NAMED)
        parts.append(f"what is not required and did not pass ({names})")
    if files := tuple(dict.fromkeys(code(change.file) for change in weakened(record))):
        parts.append(f"what was made to judge less ({listed(files, _NAMED)})")
    if files := tuple(map(code, beyond(record))):
        parts.append(f"what the fixer may not change ({listed(files, _NAMED)})")
    if missing := sum(not each.digest for each in (record.started.reading if record.started else ())):
        parts.append(f"required reading that is missing ({plural(missing, 'document')})")
    ends = {each.repo: each for each in record.settled}
    repos = [(repo, ends.get(repo.name)) for repo in (finished.repos if finished else ())]
    if drifting := tuple(prose(repo.name) for repo, end in repos if repo.drift_count and not (end and end.committed)):
        parts.append(f"what is not committed (in {listed(drifting, _NAMED)})")
    if ahead := tuple(prose(repo.name) for repo, end in repos if repo.ahead and not (end and end.pushed)):
        parts.append(f"what is not pushed (in {listed(ahead, _NAMED)})")
    if parts:
        yield f"- **Left to look at:** {'; '.join(parts)}"
