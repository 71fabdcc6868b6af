"""Owns what the end of an attempt says by itself: the claim that all evidence is held against. Knows no evidence."""

from __future__ import annotations

from gatekeeper.model.outcome import (
    Attempt,
    Cancelled,
    Exceeded,
    Exited,
    GuardBroken,
    LimitExceeded,
    NotStarted,
    Outcome,
    Probed,
    Signalled,
    TimedOut,
)
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import Finding, StepVerdict
from gatekeeper.policy.judging.words import describe_timeout, meaning_of_code, signal_name

_MACHINE_REASONS = ("no-resources", "port-taken")
_COMMAND_REASONS = ("command-not-found", "not-executable")


class Claim(NamedTuple):
    """What an outcome says: a verdict, and the finding that tells why it is no pass."""

    verdict: StepVerdict
    finding: Finding | None = None


def claim_of(attempt: Attempt) -> Claim:
    """What the attempt's outcome claims."""
    match attempt.outcome:
        case Exited(0):
            return Claim(StepVerdict.PASSED)
        case Exited(code):
            return Claim(StepVerdict.FAILED, Finding("exit-code", f"exit code {code}{meaning_of_code(code)}"))
        case Signalled(number):
            return Claim(StepVerdict.FAILED, Finding("signal", f"died of {signal_name(number)}"))
        case TimedOut() as outcome:
            return Claim(StepVerdict.TIMED_OUT, Finding("timeout", describe_timeout(outcome)))
        case LimitExceeded(limit, after_s) as outcome:
            # Its words are those of `exceeded`, where there are any.
            ended = Exceeded(limit, f"ended beyond its limit of {limit}, after {after_s:.1f} s")
            return Claim(StepVerdict.FAILED, None if attempt.exceeded else limit_finding(ended, outcome))
        case NotStarted(reason, detail) if reason in _MACHINE_REASONS:
            return Claim(StepVerdict.INFRA, Finding(reason, detail))
        case NotStarted(reason, detail) if reason in _COMMAND_REASONS:
            return Claim(StepVerdict.FAILED, Finding(reason, detail))
        case NotStarted(reason, detail):
            return Claim(StepVerdict.ERROR, Finding(reason, detail))
        case Cancelled():
            return Claim(StepVerdict.CANCELLED)
        case GuardBroken(detail):
            return Claim(StepVerdict.ERROR, Finding("guard-broken", detail))
        case Probed(met=True) if attempt.probe is None or attempt.probe.met:
            return Claim(StepVerdict.PASSED)
        case Probed():
            problem = attempt.probe.problem if attempt.probe else ""
            return Claim(StepVerdict.FAILED, Finding("probe", problem or "the probe was not met"))


def limit_finding(beyond: Exceeded, outcome: Outcome) -> Finding:
    """A limit that the command ran into, with what used it where that is known."""
    match outcome:
        case LimitExceeded(limit, _, hint) if limit == beyond.limit and hint:
            words = f"{beyond.message}; {hint}"
        case _:
            words = beyond.message
    return Finding(f"limit-{beyond.limit.replace('_', '-')}", words)
