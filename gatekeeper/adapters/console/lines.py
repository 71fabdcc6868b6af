"""Owns one line for every event, with a stable word in front that can be searched for. Pure; knows no stream."""

from __future__ import annotations

from gatekeeper.adapters.console.spans import Line, Style, clean, shortened
from gatekeeper.adapters.console.tagged import LONGEST, some, tagged
from gatekeeper.adapters.console.words import count, duration, style_of, tests
from gatekeeper.model.events import (
    Event,
    IncidentHappened,
    NoteAdded,
    RoundFinished,
    RoundStarted,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from gatekeeper.model.evidence_events import (
    BaselineAccepted,
    BaselineMeasured,
    IntegrityCompared,
    RerunFinished,
    StepFlaky,
)
from gatekeeper.model.help_events import (
    BreakerOpened,
    ChangeAwaited,
    FixerFinished,
    FixerStarted,
    FixProved,
    MitigationFinished,
    MitigationStarted,
    RepoSettled,
    RetryScheduled,
    RunResumed,
    TreeChanged,
)
from gatekeeper.model.plan import StepId
from gatekeeper.model.service_events import LockAwaited, LockTaken, ServiceEnded, ServiceStarted
from gatekeeper.model.verdict import Finding, StepVerdict
from gatekeeper.policy.containment import described
from gatekeeper.policy.evidence_words import (
    changes_words,
    comparison_words,
    measured_words,
    rerun_words,
    weakenings,
    weaker_words,
)
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.help_words import FILES_UNKNOWN, REUSED, cause_words, changer_words, known_words
from gatekeeper.policy.judged_commit import judged_commit
from gatekeeper.policy.signature import headline_beside
from gatekeeper.policy.summary import blocking, telling_first

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.adapters.console.help_lines import HelpEvent

_OF_RUNS = ("run", "round", "start", "service", "retry", "rerun", "flaky", "changed", "incident", "note", "verdict")
_OF_HELP = ("mitigate", "fixer", "breaker", "waiting", "fix", "resumed", "settled")
PREFIXES = frozenset((*map(str, StepVerdict), *_OF_RUNS, *_OF_HELP, "compared", "baseline", "lock"))
"""The words that lines begin with; others search for them, so none gets another meaning (`runbooks/console.md`)."""

_COMPARED = 3


def line_of(event: Event, record: RunRecord) -> Line:
    """What happened in the run of `record`, in one line."""
    match event:
        case RunStarted():
            rounds = f"up to {count(event.rounds, 'round')}" if event.rounds else ""
            contained = f"contained by {described(event.containment)}" if event.containment else ""
            title = f"{event.cycle}: {event.title}" if event.title else event.cycle
            off = f"kill switches in force: {', '.join(event.switches)}" if event.switches else ""
            judged = judged_commit(event)
            return tagged("run", record.run, title, judged, count(len(event.steps), "step"), rounds, contained, off)
        case RoundStarted():
            return tagged("round", str(event.round), event.reason, count(event.steps, "step"))
        case RoundFinished():
            how = "ended early, the tree changed under it," if event.abandoned else "finished"
            fine = "" if event.abandoned else "all passed"
            failed = f"{len(event.failed)} not passed: {some(event.failed)}" if event.failed else fine
            return tagged("round", str(event.round), f"{how} in {duration(event.duration_s)}", failed)
        case StepStarted():
            again = f"attempt {event.attempt}" if event.attempt > 1 else ""
            limit = f"at most {duration(event.timeout_s)}"
            return tagged("start", f"{event.gate}/{event.step}", _work(event), limit, again)
        case StepFinished():
            return _finished(event)
        case ServiceStarted():
            return tagged("service", event.service, f"lives on, started by {event.gate}/{event.step}")
        case ServiceEnded():
            return tagged("service", event.service, event.how, style="bad" if event.how == "died" else "")
        case LockAwaited():
            who = f"{event.gate}/{event.step}" if event.step else "the run"
            return tagged("lock", who, f"waits for {some(event.locks)}", event.holder)
        case LockTaken():
            who = f"{event.gate}/{event.step}" if event.step else "the run"
            return tagged("lock", who, f"has {some(event.locks)} after {duration(event.waited_s)}")
        case RetryScheduled():
            when = f"again in {duration(event.delay_s)}"
            why = _why(record.latest.get(StepId(event.gate, event.step)))
            return tagged("retry", f"{event.gate}/{event.step}", when, f"{event.class_} failure {event.n}", why)
        case TreeChanged():
            by = f"by {changer_words(event)}"
            judging = changes_words(event.integrity) if event.integrity else ""
            return tagged("changed", "the tree", by, some(event.files) or FILES_UNKNOWN, judging, style="warn")
        case IncidentHappened():
            place = f"{event.gate}/{event.step}" if event.step else "the run"
            return tagged("incident", event.kind.value, place, event.message, style="warn")
        case IntegrityCompared():
            weak = weakenings(event.changes)
            named = some(tuple(map(weaker_words, weak)))
            found = event.problem or changes_words(event.changes)
            style: Style = "warn" if event.problem or weak else ""
            return tagged("compared", f"with {event.against}", found, shortened(named, LONGEST), style=style)
        case BaselineMeasured():
            what = event.problem or (count(event.tests, "test") + (", known already" if event.reused else ""))
            return tagged("baseline", f"{event.gate}/{event.step}", f"measured on {event.ref}", what)
        case BaselineAccepted():
            return tagged("baseline", f"{event.gate}/{event.step}", f"accepted by {event.by}", event.reason)
        case RerunFinished():
            return tagged("rerun", f"{event.gate}/{event.step}", "only what failed, for diagnosis", rerun_words(event))
        case StepFlaky():
            return tagged("flaky", f"{event.gate}/{event.step}", event.message, style="warn")
        case NoteAdded():
            return tagged("note", event.problem, event.solution)
        case MitigationStarted() | MitigationFinished() | FixerStarted() | FixerFinished():
            return _helped(event, record)
        case BreakerOpened() | ChangeAwaited() | FixProved() | RunResumed() | RepoSettled():
            return _helped(event, record)
        case RunFinished():
            rounds = count(event.rounds, "round")
            took = rounds if event.duration_s is None else f"{rounds} in {duration(event.duration_s)}"
            return tagged(
                "verdict",
                event.verdict,
                event.reason,
                took,
                f"exit code {event.exit_code}",
                style=style_of(event.verdict),
            )


def _helped(event: HelpEvent, record: RunRecord) -> Line:
    # Most runs need no help, and none of it on the way to their first step.
    from gatekeeper.adapters.console.help_lines import help_line

    return help_line(event, record)


def facts_of(event: StepFinished) -> list[str]:
    """What is worth saying of a finished step besides its verdict: duration, tests, and what speaks against it."""
    facts = [] if not event.attempt else [duration(event.duration_s)]
    if event.tests is not None:
        facts.append(tests(event.tests))
    if event.comparison is not None:
        facts += comparison_words(event.comparison)[:_COMPARED]
    facts += [measured_words(one) for one in event.measured[:_COMPARED]]
    against = telling_first(blocking(event))
    if event.verdict != "passed" and against:
        more = f" (and {len(against) - 1} more)" if len(against) > 1 else ""
        facts.append(shortened(told_of(event, against[0]), LONGEST) + more)
    if event.known is not None:
        facts.append(f"known: {known_words(event.known)}")
    if event.reused:
        facts.append(REUSED)
    return facts


def told_of(event: StepFinished, finding: Finding) -> str:
    """The finding; where neither it nor a pattern says more than how the step ended, with the most telling line."""
    if event.known is not None or finding.kind != "exit-code":
        return finding.message
    # What only moves the cursor says nothing here.
    said = clean(headline_beside(event.findings, event.last_lines)).strip()
    return f"{finding.message}: {said}" if said else finding.message


def repeats(event: Event, step: StepFinished | None) -> bool:
    """Whether this is an incident of `step`, whose own line has just said the same."""
    if step is None or step.verdict == "passed" or not isinstance(event, IncidentHappened):
        return False
    same = (event.gate, event.step) == (step.gate, step.step)
    return same and event.message in {finding.message for finding in step.findings[:1]}


def _finished(event: StepFinished) -> Line:
    tier = "" if event.tier == "required" else event.tier
    return tagged(event.verdict, f"{event.gate}/{event.step}", *facts_of(event), tier, style=style_of(event.verdict))


def _why(failure: StepFinished | None) -> str:
    if failure is None:
        return ""
    if failure.known is not None:
        return cause_words(failure.known)
    return next((finding.message for finding in telling_first(blocking(failure))), "")


def _work(event: StepStarted) -> str:
    lines = (event.command or event.probe or "").strip().splitlines()
    return f"{shortened(lines[0], 100)}{' …' if len(lines) > 1 else ''}" if lines else ""
