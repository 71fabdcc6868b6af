"""Owns the status lines at the foot of the log: where it stands in one line, and what to do next in another."""

from __future__ import annotations

from gatekeeper.adapters.executionlog.text import code, one_line, prose
from gatekeeper.adapters.executionlog.words import clock, duration, listed, plural, sign_of_run, verdict_words
from gatekeeper.model.events import RunFinished, StepFinished
from gatekeeper.policy.confirming import drift_words, drifted, is_unconfirmed, more_rounds
from gatekeeper.policy.flakes import flaky_steps
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.helped import beyond, can_go_on, proofs
from gatekeeper.policy.summary import count_now, failing, step_name

_NAMED = 3


def status(record: RunRecord) -> str:
    """``**Status:**`` and ``**Next:**``, with the two spaces that keep them on lines of their own."""
    finished = record.finished
    if finished is None:
        return f"**Status:** 🟡 {_progress(record)}  \n**Next:** Wait for the run to end"
    return f"**Status:** {outcome(record, finished)}  \n**Next:** {_next(record, finished)}"


def outcome(record: RunRecord, finished: RunFinished) -> str:
    """The verdict, why, and the counts behind it, in one line of Markdown."""
    return _outcome(record, finished, prose(finished.reason), prose(finished.selection))


def outcome_words(record: RunRecord, finished: RunFinished) -> str:
    """The same without Markdown, for a terminal."""
    return _outcome(record, finished, one_line(finished.reason, 400), one_line(finished.selection))


def _outcome(record: RunRecord, finished: RunFinished, reason: str, selection: str) -> str:
    counts = count_now(record)
    skipped = f", {counts.skipped:,} skipped" if counts.skipped else ""
    facts = [f"{counts.passed:,} of {plural(counts.steps, 'step')} passed{skipped}", plural(finished.rounds, "round")]
    if finished.duration_s is not None:
        facts.append(duration(finished.duration_s))
    why = f": {reason}" if reason else ""
    part = f", only {selection}" if selection else ""
    return f"{sign_of_run(finished.verdict)} {verdict_words(finished.verdict)}{part}{why} ({', '.join(facts)})"


def _progress(record: RunRecord) -> str:
    if record.round is None:
        return f"Running since {clock(record.started_at)} UTC; this is written again after every round"
    number = record.round.started.round
    if record.awaited is not None:
        return f"Round {number} is over; the run waits for a change of the tree"
    if record.round.finished is None:
        return f"Round {number} is running"
    failed = len(record.round.finished.failed)
    said = f"{plural(failed, 'step')} did not pass" if failed else "everything in it passed"
    return f"Round {number} is over, {said}; the run goes on"


def _next(record: RunRecord, finished: RunFinished) -> str:
    cycle = record.started.cycle if record.started else "CYCLE"
    again = code(f"gatekeeper run {cycle}")
    match finished.verdict:
        case "green" | "green-after-fix":
            left = listed(tuple(map(code, _uncommitted(record))), _NAMED)
            return f"Look at what changed during the run, and commit it: {left}" if left else "Nothing to do"
        case "flaky":
            names = listed(tuple(code(name) for name in flaky_steps(record)), _NAMED)
            return f"Find out why {names or 'a step'} fails and passes on the same tree"
        case "aborted" if can_go_on(record):
            return f"Go on with it: {code(f'gatekeeper run --resume {record.run}')}, or run it anew: {again}"
        case "aborted":
            return f"Run it again: {again}"
        case _:
            causes = [event for event in failing(record) if event.verdict != "blocked"] or list(failing(record))
            names = listed(tuple(map(_with_suggestion, causes)), _NAMED)
            if not causes and (unproven := _unproven(record)):
                return f"See whether the fix is what made {listed(unproven, _NAMED)} pass, then {again}"
            if not causes and (files := beyond(record)):
                return f"Undo what the fixer may not change ({listed(tuple(map(code, files)), _NAMED)}), then {again}"
            if is_unconfirmed(record):
                drift = f"{prose(drift_words(files), 300)}. Then run " if (files := drifted(record)) else "Run "
                return f"{drift[0].upper()}{drift[1:]}it again, with more rounds: {code(more_rounds(record))}"
            mend = "Find out why nothing can be said of" if finished.verdict == "inconclusive" else "Fix"
            used_up = record.started is not None and 1 < record.started.rounds <= finished.rounds
            more = f"; all {finished.rounds} rounds were used, {code('--rounds N')} allows more" if used_up else ""
            return f"{mend} {names}, then {again}{more}" if names else f"Run it again: {again}{more}"


def _with_suggestion(event: StepFinished) -> str:
    suggestion = event.known.suggestion if event.known is not None else ""
    return code(step_name(event)) + (f" ({prose(suggestion, 200)})" if suggestion else "")


def _unproven(record: RunRecord) -> tuple[str, ...]:
    return tuple(code(str(step)) for step, proved in proofs(record).items() if proved.outcome == "unclear")


def _uncommitted(record: RunRecord) -> tuple[str, ...]:
    """Files, with their repo, that differ from their commit at the end, and did not in the same way at the start."""
    before = {repo.name: repo.drift for repo in record.started.repos} if record.started else {}
    ours = {settled.repo for settled in record.settled if settled.committed}
    return tuple(
        f"{repo.name}: {line[3:]}"
        for repo in (record.finished.repos if record.finished else ())
        if repo.name not in ours
        for line in repo.drift
        if line not in before.get(repo.name, ())
    )
