"""Owns how things stood at the end: final commits, settled drift, metrics against their targets."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from gatekeeper.adapters.executionlog.before_section import drift_words, file_list, latest_commit
from gatekeeper.adapters.executionlog.evidence import number_row
from gatekeeper.adapters.executionlog.text import cell, code, prose
from gatekeeper.adapters.executionlog.words import duration, plural, share
from gatekeeper.model.event_parts import SettleRule
from gatekeeper.model.help_events import RepoSettled
from gatekeeper.model.tree import RepoState
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.help_words import commit_words, settled_words
from gatekeeper.policy.summary import Counts, first_results, start_and_end

_COMMIT_SHOWN = 7
_FILES_SHOWN = 10


def final_commits(record: RunRecord) -> Iterator[str]:
    """Each repo's last commit and whether it is on the remote, or that nothing changed."""
    if record.finished is None or not record.finished.repos:
        yield "The state at the end was not recorded."
        return
    before = {repo.name: repo for repo in record.started.repos} if record.started else {}
    ends = {settled.repo: settled for settled in record.settled}
    for repo in record.finished.repos:
        branch = f" ({prose(repo.branch)})" if repo.branch else ""
        end = ends.get(repo.name) or RepoSettled(repo.name, "unsettled")
        commit = _ours(repo, end) if end.committed else _commit(before.get(repo.name), repo)
        remote = _pushed(end) if end.pushed else "not pushed" if end.committed else _remote(repo)
        yield f"- **{prose(repo.name)}**{branch}: {commit}; {remote}"
        # What was judged is in the commit that gatekeeper made after that.
        if not repo.clean and not end.committed:
            yield f"  - Not committed: {drift_words(repo)}"
            yield from file_list(repo, "    ")


def is_broken_off(record: RunRecord) -> bool:
    """Whether the run's process died: what went on then, nobody saw."""
    return record.finished is not None and record.finished.duration_s is None


def none(record: RunRecord) -> str:
    """That there is nothing of a kind, as far as anybody saw."""
    return "None was recorded before the run's process died." if is_broken_off(record) else "None."


def settled(record: RunRecord) -> Iterator[str]:
    """What became of each repo's drift; else whether each settle rule is met at the end."""
    if record.settled:
        yield from map(_settled, record.settled)
        return
    if record.started is None or not record.started.settle:
        return
    ends = {repo.name: repo for repo in record.finished.repos} if record.finished else {}
    for rule in record.started.settle:
        where = f"- **{prose(rule.repo)}** ({', '.join(map(code, rule.globs))}):"
        repo = ends.get(rule.repo)
        if repo is None or repo.problem:
            yield f"{where} ⚠️ the state at the end is not known"
            continue
        left = [line for line in repo.drift if _matches(line, rule)]
        if left:
            yield f"{where} ❌ not settled, {plural(len(left), 'file')} left"
            yield from (f"  - {code(line)}" for line in left[:_FILES_SHOWN])
        elif repo.drift_count > len(repo.drift):
            yield f"{where} ⚠️ not all of the {plural(repo.drift_count, 'changed file')} could be looked at"
        else:
            yield f"{where} ✅ settled, no drift"


def _settled(settled: RepoSettled) -> str:
    sign = "❌" if settled.how == "unsettled" else "⚠️" if settled.problem else "✅"
    return f"- **{prose(settled.repo)}:** {sign} {prose(settled_words(settled))}"


def metrics(record: RunRecord) -> Iterator[str]:
    """Start, end and target of what was measured."""
    if record.finished is None or not record.rounds or not record.rounds[0].steps:
        yield "Nothing was measured."
        return
    start, end = start_and_end(record)
    yield f"**Final status:** {_final(end)}"
    yield ""
    yield "| Metric | Start | End | Target | Status |"
    yield "|--------|-------|-----|--------|--------|"
    steps = (f"{counts.passed:,} of {counts.steps - counts.skipped:,}" for counts in (start, end))
    yield f"| Steps passed | {' | '.join(steps)} | all | {_met(not end.not_passed)} |"
    if start.tests is not None or end.tests is not None:
        first = f"{start.failing_tests:,} of {start.tests.total:,}" if start.tests else "not measured"
        last = f"{end.failing_tests:,} of {end.tests.total:,}" if end.tests else "not measured"
        yield f"| Failing tests | {first} | {last} | 0 | {_met(end.tests is not None and not end.failing_tests)} |"
    started = record.started
    took = record.finished.duration_s
    if started is not None and started.within_s and took is not None:
        within = started.within_s
        yield f"| Time for the run | - | {duration(took)} | at most {duration(within)} | {_met(took <= within)} |"
    if started is not None and started.rounds:
        rounds = record.finished.rounds
        yield f"| Rounds | - | {rounds} | at most {started.rounds} | {_met(rounds <= started.rounds)} |"
    yield from _lost(record)
    yield from _numbers(record)
    stalls = len([1 for _, incident in record.incidents if incident.kind.value in {"timeout", "hang"}])
    known = stalls or not is_broken_off(record)
    yield f"| Timeouts and hangs | - | {stalls} | 0 | {_met(not stalls) if known else 'not known'} |"


def _lost(record: RunRecord) -> Iterator[str]:
    """Only where tests were compared with a baseline can any be said to be lost."""
    compared = [event.comparison for event in record.latest.values() if event.comparison is not None]
    if compared:
        lost = sum(dict(each.counts).get("lost", len(each.lost)) for each in compared)
        yield f"| Lost tests | - | {lost:,} | 0 | {_met(not lost)} |"


def _final(end: Counts) -> str:
    steps = f"{end.passed:,} of {plural(end.steps - end.skipped, 'step')} passed"
    if end.tests is None:
        return steps
    ran = end.tests.total - end.tests.skipped
    fine = f" ({share(ran - end.failing_tests, ran)} of those that ran did not fail)" if ran else ""
    return f"{end.failing_tests:,} of {plural(end.tests.total, 'test')} failing{fine}, {steps}"


def _numbers(record: RunRecord) -> Iterator[str]:
    first = {(step, one.name): one for step, event in first_results(record).items() for one in event.measured}
    for step, event in record.latest.items():
        for one in event.measured:
            former = first.get((step, one.name))
            start = number_row(former)[0] if former else "not measured"
            end, goals, met = number_row(one)
            status = "-" if met is None else _met(met)
            yield f"| {cell(f'{step.step}: {one.name}')} | {start} | {end} | {goals or '-'} | {status} |"


def _met(met: bool) -> str:
    return "✅" if met else "❌"


def _commit(before: RepoState | None, after: RepoState) -> str:
    if before is None or before.commit == after.commit:
        return f"no change, still at {latest_commit(after)}"
    return f"{before.commit[:_COMMIT_SHOWN] or 'none'} → {latest_commit(after)}"


def _ours(judged: RepoState, end: RepoSettled) -> str:
    told = next((commit for commit in end.commits if commit.startswith(end.committed[:_COMMIT_SHOWN])), end.committed)
    return f"{judged.commit[:_COMMIT_SHOWN] or 'none'} → {prose(commit_words(told))}, committed by the cycle"


def _pushed(end: RepoSettled) -> str:
    return f"pushed ({prose(end.remote) or 'the remote'} has it, which was seen there)"


def _remote(repo: RepoState) -> str:
    if not repo.commit:
        return "nothing to push"
    if repo.ahead is None:
        return "it has no upstream, so whether it is on a remote is not known"
    if repo.ahead:
        return f"**not pushed** ({plural(repo.ahead, 'commit')} ahead)"
    return f"level with {prose(repo.upstream) or 'its upstream'}, as last seen from here"


def _matches(line: str, rule: SettleRule) -> bool:
    path = line[3:]
    return any(fnmatchcase(path, glob) or path.startswith(f"{glob.rstrip('/*')}/") for glob in rule.globs)
