"""Owns one line for every event of help between rounds. Pure; knows no stream."""

from __future__ import annotations

from typing import TypeAlias

from gatekeeper.adapters.console.spans import Line, Style
from gatekeeper.adapters.console.tagged import some, tagged
from gatekeeper.adapters.console.words import count, duration
from gatekeeper.model.help_events import (
    BreakerOpened,
    ChangeAwaited,
    FixerFinished,
    FixerStarted,
    FixProved,
    MitigationFinished,
    MitigationStarted,
    RepoSettled,
    RunResumed,
)
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.help_words import (
    breaker_words,
    commit_words,
    ended_words,
    proof_words,
    settled_words,
    usage_words,
)

HelpEvent: TypeAlias = (
    MitigationStarted
    | MitigationFinished
    | FixerStarted
    | FixerFinished
    | BreakerOpened
    | ChangeAwaited
    | FixProved
    | RunResumed
    | RepoSettled
)
_FINDINGS = 3


def help_line(event: HelpEvent, record: RunRecord) -> Line:
    """What was tried, or came of it, in one line."""
    match event:
        case MitigationStarted():
            step = f"for {event.gate}/{event.step}"
            return tagged("mitigate", event.pattern, step, event.command, _at_most(event.timeout_s))
        case MitigationFinished():
            took = f"finished in {duration(event.duration_s)}"
            return tagged("mitigate", event.pattern, took, ended_words(event), style=_unless(event.exit_code == 0))
        case FixerStarted():
            who = event.provider or event.command
            return tagged("fixer", _call(event.call, record), who, _at_most(event.timeout_s), _brief(event))
        case FixerFinished():
            return _fixer_finished(event, record)
        case BreakerOpened():
            return tagged("breaker", event.kind, breaker_words(event), _again(event), style="warn")
        case ChangeAwaited():
            left = f"{count(event.rounds_left, 'round')}, {duration(event.within_s)} left; Ctrl-C ends it"
            return tagged("waiting", "for a change of the tree", left)
        case FixProved():
            step = f"{event.gate}/{event.step}"
            return tagged("fix", step, proof_words(event), style=_unless(event.outcome == "failed"))
        case RunResumed():
            cut = f"was running when it ended: {some(event.interrupted)}" if event.interrupted else ""
            off = f"kill switches in force: {', '.join(event.switches)}" if event.switches else ""
            return tagged("resumed", record.run, f"after entry {event.from_seq} of its journal", cut, off)
        case RepoSettled():
            fine = event.how != "unsettled" and not event.problem
            return tagged("settled", event.repo, settled_words(event), style=_unless(fine))


def _fixer_finished(event: FixerFinished, record: RunRecord) -> Line:
    changed = f"changed {some(event.changed)}" if event.changed else "changed nothing"
    commits = f"committed {some(tuple(map(commit_words, event.commits)))}" if event.commits else ""
    # Its commits are told by themselves, and what blocks must not be hidden by what is only told.
    against = sorted((one for one in event.findings if one.kind != "fixer-committed"), key=lambda one: not one.blocks)
    more = f" (and {len(against) - _FINDINGS} more)" if len(against) > _FINDINGS else ""
    found = "; ".join(finding.message for finding in against[:_FINDINGS]) + more
    usage = usage_words(event.usage) or "usage unknown"
    # How long one ran whose end nobody saw is not known.
    took = f"finished in {duration(event.duration_s)}" if event.duration_s else "finished"
    fine = event.exit_code == 0 and bool(event.changed) and not any(finding.blocks for finding in against)
    words = (took, ended_words(event), changed, commits, found, usage)
    return tagged("fixer", _call(event.call, record), *words, style=_unless(fine))


def _call(call: int, record: RunRecord) -> str:
    calls = record.started.calls if record.started is not None else 0
    return f"call {call} of {calls}" if calls else f"call {call}"


def _brief(event: FixerStarted) -> str:
    return f"brief {event.brief_file}" if event.brief_file else ""


def _again(event: BreakerOpened) -> str:
    return f"asked again in {duration(event.closed_after_s)}" if event.closed_after_s else ""


def _at_most(timeout_s: float) -> str:
    return f"at most {duration(timeout_s)}" if timeout_s else ""


def _unless(fine: bool) -> Style:
    return "" if fine else "warn"
