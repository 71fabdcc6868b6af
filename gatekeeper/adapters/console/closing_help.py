"""Owns what the closing block says of help: what was tried, what it came to, what stopped it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.adapters.console.tagged import some
from gatekeeper.adapters.console.words import count
from gatekeeper.model.help_events import BreakerOpened
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.confirming import drift_words, drifted, is_unconfirmed, more_rounds
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.help_words import breaker_words, commit_words, ended_words, proof_words, settled_words
from gatekeeper.policy.helped import (
    FixerCall,
    Mitigated,
    beyond,
    episodes,
    fixer_calls,
    helped,
    mitigations,
    proofs,
    retried,
)

_SHOWN = 3
_NEEDS_NO_MORE = frozenset({"green", "green-after-fix", "aborted"})


class Said(NamedTuple):
    """One line of the closing block: its label, its words, and whether somebody should look at it."""

    label: str
    words: str
    warn: bool = False


def help_said(record: RunRecord) -> Iterator[Said]:
    """A line each: mitigations, calls of the fixer, proofs, breakers, settled repos, resumptions, switches, budget."""
    events = helped(record)
    started = record.started
    if record.switches:
        yield Said("kill switches", f"in force: {', '.join(record.switches)}", warn=True)
    for time, event in record.resumed:
        yield Said("resumed", f"at {time[11:19]} UTC, after entry {event.from_seq} of its journal")
    if again := retried(record):
        times = tuple(f"{step} ({count(number, 'time')})" for step, number in again.items())
        yield Said("run again", f"infrastructure had failed: {some(times)}")
    yield from _bounded([_mitigated(one) for one in mitigations(events)])
    yield from _bounded([_called(call, started.calls if started else 0) for call in fixer_calls(record)])
    if files := beyond(record):
        yield Said("not allowed", f"the fixer changed {some(files)}, and that still stands", warn=True)
    yield from _bounded(
        [
            Said("proof", f"{step} {proof_words(proved)}", warn=proved.outcome != "failed")
            for step, proved in proofs(record).items()
        ]
    )
    yield from _bounded([_broken(one) for one in episodes(events) if isinstance(one, BreakerOpened)])
    for settled in record.settled:
        fine = settled.how != "unsettled" and not settled.problem
        yield Said("settled", f"{settled.repo}: {settled_words(settled)}", warn=not fine)
    if more := _more_watching(record) or _more_confirming(record):
        yield Said("to go on", more)


def _more_watching(record: RunRecord) -> str:
    """How to allow more of a run that waited for a person and did not get to green, where its budget ended it."""
    started, finished = record.started, record.finished
    if started is None or finished is None or not started.watch or finished.verdict in _NEEDS_NO_MORE:
        return ""
    if started.rounds and finished.rounds >= started.rounds:
        command = f"gatekeeper run {started.cycle} --watch --rounds {4 * started.rounds}"
        return f"its rounds are used up; for more: {command}"
    if record.awaited is not None:
        return "nobody changed the tree within its time; `until_green: {within: …}` allows more"
    return ""


def _more_confirming(record: RunRecord) -> str:
    """What may get all on one tree, where everything passed and the rounds ended first."""
    if not is_unconfirmed(record):
        return ""
    files = drifted(record)
    return (f"{drift_words(files)}; else " if files else "") + f"allow more rounds: {more_rounds(record)}"


def _broken(one: BreakerOpened) -> Said:
    return Said("stopped early" if one.kind == "no-progress" else "breaker", breaker_words(one), warn=True)


def _mitigated(one: Mitigated) -> Said:
    started, finished = one
    ended = ended_words(finished) if finished is not None else "it did not come to its end"
    return Said("mitigated", f"{started.pattern}, for {started.gate}/{started.step}: {ended}", warn=not one.well)


def _called(call: FixerCall, calls: int) -> Said:
    started, finished = call
    who = f" ({started.provider})" if started.provider else ""
    head = f"call {started.call} of {calls}{who}" if calls else f"call {started.call}{who}"
    if finished is None:
        return Said("fixer", f"{head}: it did not come to its end", warn=True)
    changed = f"changed {some(finished.changed)}" if finished.changed else "changed nothing"
    commits = f", committed {some(tuple(map(commit_words, finished.commits)))}" if finished.commits else ""
    against = [finding.message for finding in finished.findings if finding.blocks]
    found = f"; {against[0]}" if against else ""
    ended = "" if finished.exit_code == 0 and not finished.problem else f"{ended_words(finished)}, "
    return Said("fixer", f"{head}: {ended}{changed}{commits}{found}", warn=bool(ended or found))


def _bounded(lines: list[Said]) -> Iterator[Said]:
    # The newest tell where it stands.
    left_out = len(lines) - _SHOWN
    if left_out > 0:
        yield Said(lines[0].label, f"{left_out} more before these; the execution log has them")
    yield from lines[-_SHOWN:]
