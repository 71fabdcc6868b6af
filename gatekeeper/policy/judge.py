"""Owns judging one attempt: facts in, verdict and findings out. An exit code is a claim, the report is evidence.

The rules are those of "How evidence is weighed" in the design: exit code and report must agree, and unreadable,
missing or contradictory evidence is never a pass.
"""

from __future__ import annotations

import signal
from collections import Counter

from gatekeeper.model.baseline import NO_STANDARD, Standard
from gatekeeper.model.containment import NOTHING_PROMISED, Containment
from gatekeeper.model.incident import Incident, IncidentKind
from gatekeeper.model.outcome import (
    Attempt,
    Cancelled,
    Exceeded,
    Exited,
    GuardBroken,
    LimitExceeded,
    Listener,
    NotStarted,
    Outcome,
    Probed,
    Signalled,
    Stray,
    TimedOut,
)
from gatekeeper.model.plan import Step
from gatekeeper.model.report import Report, ReportProblem
from gatekeeper.model.verdict import Finding, StepResult, StepVerdict
from gatekeeper.policy.containment import falls_short, weakened

_FINDINGS_SHOWN = 50
_LONGEST_NAME = 40
_MACHINE_REASONS = ("no-resources", "port-taken")
_COMMAND_REASONS = ("command-not-found", "not-executable")


def judge(
    step: Step, attempt: Attempt, containment: Containment = NOTHING_PROMISED, standard: Standard = NO_STANDARD
) -> StepResult:
    """The verdict on one attempt of `step`, with everything that speaks against it.

    `containment` is the run's: a command that was held by less is told of, and passes nothing where less is not
    enough. `standard` is what its evidence is held against.
    """
    claimed, findings = _claim(attempt.outcome, attempt)
    if claimed in {StepVerdict.PASSED, StepVerdict.FAILED} and step.report is not None:
        verdict, evidence = _weigh(claimed, attempt.report, optional=step.report.optional)
        findings += evidence
    else:
        verdict = claimed
    unmet = tuple(
        Finding(f"{check.kind.replace('_', '-')}-check", f"{check.probe.request}: {check.probe.problem}")
        for check in attempt.checks
        if not check.probe.met
    )
    limits = tuple(_limit(one, attempt.outcome) for one in attempt.exceeded)
    against = (*_forbidden_strays(step, attempt), *unmet)
    # What a passing exit code cannot make good.
    if (limits or against) and verdict is StepVerdict.PASSED:
        verdict = StepVerdict.FAILED
    del standard  # what it is held against is weighed by the rules that come next
    doubts = (*_unasked(step, attempt), *_unheld(attempt, containment), *_alive(attempt))
    missing = doubts if verdict is StepVerdict.PASSED else ()
    if missing:
        verdict, findings = StepVerdict.ERROR, findings + missing
    if attempt.lost:
        # Neither a pass nor a failure is proven by what is not there, and a full disk makes anything fail.
        findings += (Finding("output-lost", attempt.lost),)
        verdict = StepVerdict.INFRA if verdict in {StepVerdict.PASSED, StepVerdict.FAILED} else verdict
    cases = attempt.report.cases if isinstance(attempt.report, Report) else ()
    reruns = [case.id for case in cases if case.attempts > 1]
    findings += tuple(Finding("test-rerun", f"{test}: ran more than once") for test in reruns[:_FINDINGS_SHOWN])
    flaky = bool(reruns) and verdict is StepVerdict.PASSED
    incidents = _incidents(step, attempt, containment)
    return StepResult(step.id, verdict, limits + findings + against, incidents, attempt, flaky)


def _limit(beyond: Exceeded, outcome: Outcome) -> Finding:
    match outcome:
        case LimitExceeded(limit, _, hint) if limit == beyond.limit and hint:
            words = f"{beyond.message}; {hint}"
        case _:
            words = beyond.message
    return Finding(f"limit-{beyond.limit.replace('_', '-')}", words)


def _forbidden_strays(step: Step, attempt: Attempt) -> tuple[Finding, ...]:
    if step.strays == "kill" or not attempt.strays:
        return ()
    return (Finding("stray", describe_strays(attempt.strays, attempt.strays_total)),)


def _alive(attempt: Attempt) -> tuple[Finding, ...]:
    """What could not be ended: nobody can promise what it does to the steps that follow, or to the tree."""
    left = (incident for incident in attempt.incidents if incident.kind is IncidentKind.UNKILLABLE)
    return tuple(Finding("unkillable", incident.message) for incident in left)


def _unasked(step: Step, attempt: Attempt) -> tuple[Finding, ...]:
    declared = Counter(check.kind for check in (step.ready, *step.after_each) if check is not None)
    asked = Counter(check.kind for check in attempt.checks)
    return tuple(
        Finding(f"{kind.replace('_', '-')}-check", f"the step declares a {kind} check that was not asked")
        for kind in (declared - asked)
    )


def _unheld(attempt: Attempt, containment: Containment) -> tuple[Finding, ...]:
    short = falls_short(containment.required, attempt.layers) if _ran(attempt.outcome) else ""
    return (Finding("containment-broken", short),) if short else ()


def _ran(outcome: Outcome) -> bool:
    """Whether there was a command that something had to hold, and that is not told of as broken anyway."""
    match outcome:
        case Exited() | Signalled() | TimedOut() | LimitExceeded():
            return True
        case NotStarted() | Cancelled() | GuardBroken() | Probed():
            return False


def _claim(outcome: Outcome, attempt: Attempt) -> tuple[StepVerdict, tuple[Finding, ...]]:
    match outcome:
        case Exited(0):
            return StepVerdict.PASSED, ()
        case Exited(code):
            return StepVerdict.FAILED, (Finding("exit-code", f"exit code {code}{_meaning(code)}"),)
        case Signalled(number):
            return StepVerdict.FAILED, (Finding("signal", f"died of {signal_name(number)}"),)
        case TimedOut():
            return StepVerdict.TIMED_OUT, (Finding("timeout", describe_timeout(outcome)),)
        case LimitExceeded(limit, after_s) as outcome:
            # Its words are those of `exceeded`.
            ended = Exceeded(limit, f"ended beyond its limit of {limit}, after {after_s:.1f} s")
            return StepVerdict.FAILED, () if attempt.exceeded else (_limit(ended, outcome),)
        case NotStarted(reason, detail) if reason in _MACHINE_REASONS:
            return StepVerdict.INFRA, (Finding(reason, detail),)
        case NotStarted(reason, detail) if reason in _COMMAND_REASONS:
            return StepVerdict.FAILED, (Finding(reason, detail),)
        case NotStarted(reason, detail):
            return StepVerdict.ERROR, (Finding(reason, detail),)
        case Cancelled():
            return StepVerdict.CANCELLED, ()
        case GuardBroken(detail):
            return StepVerdict.ERROR, (Finding("guard-broken", detail),)
        case Probed(met=True) if attempt.probe is None or attempt.probe.met:
            return StepVerdict.PASSED, ()
        case Probed():
            problem = attempt.probe.problem if attempt.probe else ""
            return StepVerdict.FAILED, (Finding("probe", problem or "the probe was not met"),)


def _weigh(
    claimed: StepVerdict, report: Report | ReportProblem | None, *, optional: bool
) -> tuple[StepVerdict, tuple[Finding, ...]]:
    match report:
        case ReportProblem(kind="missing") if optional:
            return claimed, ()
        case None | ReportProblem():
            message = report.message if report else "the step declares a report and none was looked at"
            finding = Finding(f"report-{report.kind if report else 'missing'}", message)
            return (StepVerdict.ERROR if claimed is StepVerdict.PASSED else claimed), (finding,)
        case Report():
            findings = _report_findings(claimed, report)
            return (StepVerdict.FAILED if findings else claimed), findings


def _report_findings(claimed: StepVerdict, report: Report) -> tuple[Finding, ...]:
    bad = [case for case in report.cases if case.outcome in {"failed", "error"}]
    findings = [
        Finding(f"test-{case.outcome}", f"{case.id}: {case.message}" if case.message else case.id, case.place)
        for case in bad[:_FINDINGS_SHOWN]
    ]
    if len(bad) > _FINDINGS_SHOWN:
        findings.append(Finding("tests-failed", f"and {len(bad) - _FINDINGS_SHOWN} more failing tests"))
    findings += [Finding("report-contradiction", message) for message in report.contradictions]
    counts = report.counts
    if not counts.total:
        findings.append(Finding("no-tests", "the report holds not one test"))
    if not bad and (counts.failed or counts.errors):
        findings.append(Finding("tests-failed", f"{counts.failed} failed, {counts.errors} with errors"))
    if claimed is StepVerdict.PASSED and bad:
        findings.append(Finding("report-disagrees", f"exit code 0, but the report has {len(bad)} failing tests"))
    if claimed is StepVerdict.FAILED and not findings:
        findings.append(Finding("report-disagrees", "the command failed, but every test of its report passed"))
    return tuple(findings)


def _incidents(step: Step, attempt: Attempt, containment: Containment) -> tuple[Incident, ...]:
    incidents = list(attempt.incidents)
    if _ran(attempt.outcome) and (less := weakened(containment, attempt.layers)):
        incidents.append(Incident(IncidentKind.CONTAINMENT_BROKEN, less))
    match attempt.outcome:
        case TimedOut(by=by) as outcome:
            kind = IncidentKind.HANG if by == "quiet" else IncidentKind.TIMEOUT
            incidents.append(Incident(kind, describe_timeout(outcome)))
        case _:
            pass
    if attempt.strays:
        incidents.append(Incident(IncidentKind.STRAY, describe_strays(attempt.strays, attempt.strays_total)))
    return tuple(incident._replace(gate=step.gate, step=step.name) for incident in incidents)


def describe_timeout(outcome: TimedOut) -> str:
    """One sentence on a step that the guard ended, for findings and incidents."""
    if outcome.by == "quiet":
        hung = "" if outcome.hint else "hung: "
        sentence = f"{hung}no output for its quiet period, ended after {outcome.after_s:.1f} s"
    elif outcome.limit == "step":
        sentence = f"ended at its hard timeout, after {outcome.after_s:.1f} s"
    else:
        sentence = f"ended after {outcome.after_s:.1f} s, because the {outcome.limit}'s time was over"
    return f"{sentence}; {outcome.hint}" if outcome.hint else sentence


def describe_strays(strays: tuple[Stray, ...], total: int = 0) -> str:
    """One sentence on processes that outlived their step: these, and how many they were in all."""
    total = max(total, len(strays))
    names = ", ".join(f"{' '.join(stray.argv)[:80] or '?'} (pid {stray.pid})" for stray in strays[:3])
    more = f" and {total - 3} more" if total > 3 else ""
    count = "1 process" if total == 1 else f"{total} processes"
    return f"{count} left behind and ended: {names}{more}"


def describe_listener(listener: Listener) -> str:
    """One sentence of less than 200 characters on a port that somebody opened while a step ran."""
    seen = f"`{' '.join(listener.argv)[-_LONGEST_NAME:] or '?'}` (pid {listener.pid})"
    return (
        f"port {listener.port} has been listened on since this step began by {seen if listener.pid else 'one unseen'}, "
        "not of the step: work handed to a server, or somebody else's"
    )


def signal_name(number: int) -> str:
    """``SIGSEGV`` for 11, and so on."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _meaning(code: int) -> str:
    match code:
        case 126:
            return " (found but not executable)"
        case 127:
            return " (command not found)"
        case _ if 128 < code <= 192:
            return f" (a child died of {signal_name(code - 128)})"
        case _:
            return ""
