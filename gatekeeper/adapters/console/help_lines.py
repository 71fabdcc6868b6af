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
from gatekeeper.policy.help_words import breaker_words, ended_words, proof_words, settled_words, usage_words

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
_FINDINGS = 2
_SETTLED: dict[str, Style] = {"unsettled": "warn"}
_PROVED: dict[str, Style] = {"failed": "good", "passed": "warn", "unclear": "warn"}


def help_line(event: HelpEvent, record: RunRecord) -> Line:
    """What was tried, or came of it, in one line."""
    match event:
        case MitigationStarted():
            step = f"for {event.gate}/{event.step}"
            return tagged("mitigate", event.pattern, step, event.command, _at_most(event.timeout_s))
        case MitigationFinished():
            style: Style = "" if event.exit_code == 0 else "warn"
            return tagged(
                "mitigate", event.pattern, f"finished in {duration(event.duration_s)}", ended_words(event), style=style
            )
        case FixerStarted():
            brief = f"brief {event.brief_file}" if event.brief_file else ""
            return tagged("fixer", _call(event.call, record), event.provider, _at_most(event.timeout_s), brief)
        case FixerFinished():
            return _fixer_finished(event, record)
        case BreakerOpened():
            return tagged("breaker", event.kind, breaker_words(event), style="warn")
        case ChangeAwaited():
            left = f"{count(event.rounds_left, 'round')}, {duration(event.within_s)} left; Ctrl-C ends it"
            return tagged("waiting", "for a change of the tree", left)
        case FixProved():
            return tagged("fix", f"{event.gate}/{event.step}", proof_words(event), style=_PROVED[event.outcome])
        case RunResumed():
            cut = f"was running: {some(event.interrupted)}" if event.interrupted else ""
            return tagged("resumed", record.run, f"after entry {event.from_seq}", cut)
        case RepoSettled():
            return tagged("settled", event.repo, settled_words(event), style=_SETTLED.get(event.how, ""))


def _fixer_finished(event: FixerFinished, record: RunRecord) -> Line:
    changed = f"changed {some(event.changed)}" if event.changed else "changed nothing"
    commits = count(len(event.commits), "commit") if event.commits else ""
    against = [finding.message for finding in event.findings]
    more = f" (and {len(against) - _FINDINGS} more)" if len(against) > _FINDINGS else ""
    findings = "; ".join(against[:_FINDINGS]) + more
    bad = event.exit_code != 0 or bool(event.findings) or not event.changed
    return tagged(
        "fixer",
        _call(event.call, record),
        f"finished in {duration(event.duration_s)}",
        ended_words(event),
        changed,
        commits,
        findings,
        usage_words(event.usage),
        style="warn" if bad else "",
    )


def _call(call: int, record: RunRecord) -> str:
    calls = record.started.calls if record.started is not None else 0
    return f"call {call} of {calls}" if calls else f"call {call}"


def _at_most(timeout_s: float) -> str:
    return f"at most {duration(timeout_s)}" if timeout_s else ""
