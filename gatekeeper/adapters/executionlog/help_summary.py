"""Owns the head's lines on help: what was tried, what it came to, what stopped it. Only what there was."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.adapters.executionlog.text import code, prose
from gatekeeper.adapters.executionlog.words import listed, plural
from gatekeeper.model.help_events import BreakerOpened
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.help_words import breaker_words
from gatekeeper.policy.helped import beyond, episodes, fixer_calls, helped, mitigations, proofs, retried

_NAMED = 6


def help_summary(record: RunRecord) -> Iterator[str]:
    """A line each for switches, resumptions, mitigations, the fixer, proofs and the breaker."""
    events = helped(record)
    if record.switches:
        yield f"- **Kill switches in force:** {', '.join(map(code, record.switches))}"
    if record.resumed:
        yield f"- **Resumed:** {plural(len(record.resumed), 'time')}"
    if again := retried(record):
        names = tuple(f"{code(step)} ({plural(times, 'time')})" for step, times in again.items())
        yield f"- **Run again, infrastructure had failed:** {listed(names, _NAMED)}"
    if tried := mitigations(events):
        well = sum(one.well for one in tried)
        patterns = tuple(dict.fromkeys(code(one.started.pattern) for one in tried))
        yield f"- **Mitigated:** {listed(patterns, _NAMED)} ({well:,} of {plural(len(tried), 'mitigation')} ended well)"
    if calls := fixer_calls(record):
        providers = tuple(dict.fromkeys(code(call.started.provider) for call in calls if call.started.provider))
        who = f" of {listed(providers, _NAMED)}" if providers else ""
        changed = {file for call in calls if call.finished is not None for file in call.finished.changed}
        yield f"- **Fixer:** {plural(len(calls), 'call')}{who}, {plural(len(changed), 'file')} changed"
    if files := beyond(record):
        yield f"- **Changed by the fixer, and not allowed:** {listed(tuple(map(code, files)), _NAMED)}"
    if proven := proofs(record):
        good = sum(proved.outcome == "failed" for proved in proven.values())
        yield f"- **Fixes proven:** {good:,} of {len(proven):,}"
    for one in episodes(events):
        if isinstance(one, BreakerOpened) and one.kind == "no-progress":
            yield f"- **Stopped early:** {prose(breaker_words(one))}"
