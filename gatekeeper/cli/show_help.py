"""Owns what `gatekeeper show` says of help between rounds: one line each. Reads nothing itself."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.adapters.executionlog.text import one_line
from gatekeeper.adapters.executionlog.words import clock, duration, listed, plural
from gatekeeper.model.help_events import BreakerOpened, ChangeAwaited, FixerStarted, MitigationStarted
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.help_words import (
    breaker_words,
    commit_words,
    ended_words,
    proof_words,
    settled_words,
    usage_words,
)
from gatekeeper.policy.helped import FixerCall, Mitigated, episodes, helped, proofs, retried

_LONGEST = 400
_NAMED = 8
_CUT_SHORT = "it did not come to its end"


def help_told(record: RunRecord) -> Iterator[str]:
    """A line for each mitigation, call of the fixer, breaker, proof and settled repo, and for what was switched off."""
    return (one_line(words, _LONGEST) for words in _told(record))


def helper_now(record: RunRecord) -> str:
    """What helps at this moment, or empty."""
    newest = record.help[-1][1] if record.help and record.finished is None else None
    match newest:
        case FixerStarted():
            return f"the fixer, call {newest.call}"
        case MitigationStarted():
            return f"the mitigation of {newest.pattern}"
        case _:
            return ""


def _told(record: RunRecord) -> Iterator[str]:
    if record.switches:
        yield f"kill switches in force: {', '.join(record.switches)}"
    for time, event in record.resumed:
        yield f"resumed at {clock(time)} UTC, after entry {event.from_seq} of its journal"
    for name, times in retried(record).items():
        yield f"run again, infrastructure had failed: {name} ({plural(times, 'time')})"
    for one in episodes(helped(record)):
        match one:
            case Mitigated(started, finished):
                ended = ended_words(finished) if finished is not None else _CUT_SHORT
                yield f"mitigated {started.pattern}, for {started.gate}/{started.step}: {ended}"
            case FixerCall():
                yield _called(one)
            case BreakerOpened():
                kind = "stopped early" if one.kind == "no-progress" else "not asked any more"
                yield f"{kind}: {breaker_words(one)}"
            case ChangeAwaited():
                yield f"waited for a change of the tree, {plural(one.rounds_left, 'round')} left"
    for step, proved in proofs(record).items():
        yield f"fix of {step} {proof_words(proved)}"
    for settled in record.settled:
        yield f"settled {settled.repo}: {settled_words(settled)}"


def _called(one: FixerCall) -> str:
    started, finished = one
    who = f"fixer, call {started.call} ({started.provider or started.command})"
    if finished is None:
        return f"{who}: {_CUT_SHORT}"
    changed = f"changed {listed(finished.changed, _NAMED)}" if finished.changed else "changed nothing"
    commits = f", committed {listed(tuple(map(commit_words, finished.commits)), _NAMED)}" if finished.commits else ""
    against = "".join(f"; {finding.message}" for finding in finished.findings if finding.blocks)
    usage = usage_words(finished.usage) or "usage unknown"
    after = f" after {duration(finished.duration_s)}" if finished.duration_s else ""
    return f"{who}: {ended_words(finished)}{after}, {changed}{commits}{against}; {usage}"
