"""Owns the head of the log: when, what, how it came out, and how far that is from where it began."""

from __future__ import annotations

from gatekeeper.adapters.executionlog.status_section import outcome
from gatekeeper.adapters.executionlog.text import code, prose
from gatekeeper.adapters.executionlog.words import clock, date, duration, listed, plural, share
from gatekeeper.model.tree import RepoState
from gatekeeper.policy.flakes import flaky_steps
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.judged_commit import judged_commit
from gatekeeper.policy.summary import (
    Counts,
    failing,
    never_judged,
    resolved_failures,
    start_and_end,
    step_name,
    turns,
    weakened,
)

_NAMED = 6
_COMMIT_SHOWN = 7


def summary(record: RunRecord) -> str:
    """The head lines and ``## Summary``."""
    return "\n".join([*_head(record), "", "## Summary", "", _headline(record), "", *_facts(record)])


def _head(record: RunRecord) -> list[str]:
    started = record.started
    lines = [f"**Date:** {date(record.started_at)}", f"**Run:** {code(record.run)}"]
    if started is not None:
        only = f", only {code(started.selection)}" if started.selection else ""
        lines.append(f"**Mode:** {code(f'gatekeeper run {started.cycle}')}, until green{only}")
        if judged := judged_commit(started):
            lines.append(f"**Judged:** {judged}, not the working tree")
    lines.append(f"**Started:** {_moment(record.started_at)}")
    if record.finished is not None:
        took = record.finished.duration_s
        after = "" if took is None else f" (after {duration(took)})"
        ended = "Closed" if record.finished.verdict == "aborted" else "Completed"
        lines.append(f"**{ended}:** {_moment(record.finished_at)}{after}")
    # Two spaces keep each on a line of its own.
    return [*(f"{line}  " for line in lines[:-1]), lines[-1]]


def _moment(time: str) -> str:
    return f"{date(time)} {clock(time)} UTC" if time else "not recorded"


def _headline(record: RunRecord) -> str:
    if record.finished is not None:
        return f"**{outcome(record, record.finished)}**"
    return "**🟡 The run has not ended yet.**"


def _facts(record: RunRecord) -> list[str]:
    lines = []
    if record.started is not None and record.started.repos:
        lines.append(f"- **State before:** {'; '.join(map(_state, record.started.repos))}")
    if record.rounds and record.rounds[0].steps:
        from gatekeeper.adapters.executionlog.round_account import challenges

        (start, end), number = start_and_end(record), record.rounds[0].started.round
        first = next((each for each in reversed(record.rounds) if each.started.round == number), record.rounds[0])
        lines.append(f"- **{'After' if first.finished else 'In'} round {number}:** {_counts(start)}")
        if record.rounds[-1].started.round != record.rounds[0].started.round:
            lines.append(f"- **{'At the end' if record.finished else 'Now'}:** {_counts(end)}{_resolved(record)}")
        lines += challenges(record)
        green = tuple(name for number in range(len(record.rounds)) for name in turns(record, number).turned_green)
        if green:
            lines.append(f"- **Turned green:** {listed(_by_whom(record, tuple(dict.fromkeys(green))), _NAMED)}")
        if flaky := flaky_steps(record):
            lines.append(f"- **Flaky:** {listed(tuple(map(code, flaky)), _NAMED)} failed and passed on the same tree")
            lines += [f"  - {code(f'{told.gate}/{told.step}')} {prose(told.message)}" for told in record.flaky[:_NAMED]]
        if bad := failing(record):
            names = tuple(f"{code(step_name(event))} ({event.verdict})" for event in bad)
            lines.append(f"- **Not passed:** {listed(names, _NAMED)}")
        lines += _weighed(record)
        if record.finished is not None and (never := never_judged(record)):
            lines.append(f"- **Never judged:** {listed(tuple(map(code, never)), _NAMED)}")
    if record.was_helped:
        from gatekeeper.adapters.executionlog.help_summary import help_summary

        lines += help_summary(record)
    lines.append(f"- **Incidents:** {_incidents(record)}")
    return lines


def _by_whom(record: RunRecord, names: tuple[str, ...]) -> tuple[str, ...]:
    """The steps, and after what they turned green, where anything had been done."""
    from gatekeeper.adapters.executionlog.solutions import after_words
    from gatekeeper.policy.helped import solved

    done = {step_name(one.failure): after_words(one) for one in solved(record)}
    return tuple(f"{code(name)} (after {done[name]})" if done.get(name) else code(name) for name in names)


def _weighed(record: RunRecord) -> list[str]:
    """What a green must not hide: lost tests, and whatever made judging weaker."""
    lines = []
    lost = sum(
        dict(event.comparison.counts).get("lost", len(event.comparison.lost))
        for event in record.latest.values()
        if event.comparison is not None
    )
    if lost:
        lines.append(f"- **Lost tests:** {lost:,}")
    changes = weakened(record)
    if files := tuple(dict.fromkeys(code(change.file) for change in changes)):
        lines.append(f"- **Weakened what judges:** {listed(files, _NAMED)}")
    return lines


def _counts(counts: Counts) -> str:
    steps = f"{counts.passed:,} of {plural(counts.steps, 'step')} passed"
    if counts.tests is None:
        return steps
    return f"{steps}, {counts.failing_tests:,} of {plural(counts.tests.total, 'test')} failing"


def _state(repo: RepoState) -> str:
    commit = repo.commit[:_COMMIT_SHOWN] or "no commit"
    branch = f" on {prose(repo.branch)}" if repo.branch else ""
    drift = plural(repo.drift_count, "changed file") if repo.drift_count else "clean"
    return f"{prose(repo.name)} at {commit}{branch} ({'not readable' if repo.problem else drift})"


def _resolved(record: RunRecord) -> str:
    first, resolved = resolved_failures(record, flaky=flaky_steps(record))
    return f" ({share(resolved, first)} of the steps that failed first resolved)" if first else ""


def _incidents(record: RunRecord) -> str:
    kinds: dict[str, int] = {}
    for _, incident in record.incidents:
        kinds[incident.kind.value] = kinds.get(incident.kind.value, 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "none"
