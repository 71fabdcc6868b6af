"""Owns whether what a journal says of one attempt can be true: its verdict beside its own evidence. Knows no run."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.model.events import StepFinished
from gatekeeper.model.plan import Argv, Check, HttpProbe, ReadyMade, Shell, Step, TcpProbe
from gatekeeper.model.verdict import Finding, StepVerdict

# Journals of before findings could be harmless had this one beside a pass.
_ONLY_TOLD = frozenset({"test-rerun"})
_SILENT = frozenset({StepVerdict.PASSED.value, StepVerdict.CANCELLED.value})
_ASKING = HttpProbe | TcpProbe
_FINE = frozenset({StepVerdict.PASSED.value, StepVerdict.SKIPPED.value})
_ITS_OWN_END = frozenset({"exit-code", "signal"})
_TEST = "test-"
_OUTPUT_LOST = "output-lost"
_NEVER_RAN = frozenset({StepVerdict.BLOCKED.value, StepVerdict.SKIPPED.value})


def inconsistencies(event: StepFinished, step: Step) -> Iterator[str]:
    """Everything in `event` that cannot be said of one and the same attempt of `step`, in words."""
    if event.verdict not in set(StepVerdict):
        yield f"{event.verdict!r} is no verdict of a step"
        return
    yield from _against_what_is_known(event)
    if event.reused:
        yield from _against_a_reuse(event, step)
        return
    if event.verdict not in _SILENT and not event.findings:
        yield f"{event.verdict} without a finding: nothing says why"
    if event.verdict in _NEVER_RAN and event.attempt:
        yield f"{event.verdict}, and yet it has attempt {event.attempt}"
    if event.verdict == StepVerdict.SKIPPED and step.condition is None and not step.needs:
        yield "skipped, and yet the definition gives it no condition and nothing to wait for"
    if event.verdict == StepVerdict.INFRA and not event.attempt and not _left_alone(event):
        yield "infra without an attempt: nothing says why it was not asked"
    if _left_alone(event) and (event.attempt or event.received is not None or not isinstance(step.work, _ASKING)):
        yield "its dependency is said to have been left alone, and yet it ran, or asks nobody"
    if event.verdict == StepVerdict.PASSED:
        yield from _against_a_pass(event, step)


def _against_a_reuse(event: StepFinished, step: Step) -> Iterator[str]:
    if event.verdict != StepVerdict.PASSED:
        yield f"reused, and yet it is {event.verdict}: only a pass may be"
    if event.attempt or event.exit_code is not None or event.signal is not None or event.tests is not None:
        yield "reused, and yet it ran"
    yield from (f"reused in spite of a finding: {finding.message}" for finding in event.findings if _blocks(finding))
    if not event.inputs:
        yield "reused without the digest of the inputs that it passed on"
    if not step.inputs:
        yield "reused, and yet the definition does not say what its inputs are"


def _against_what_is_known(event: StepFinished) -> Iterator[str]:
    known = event.known
    if known is not None:
        if event.verdict in _FINE:
            yield f"{event.verdict}, and yet the pattern {known.pattern} knows its failure"
        if (event.class_, event.pattern) != (known.class_, known.pattern):
            yield f"its failure is known by {known.pattern} ({known.class_}), and it names {event.pattern} as well"
    if event.verdict != StepVerdict.INFRA:
        return
    kinds = {finding.kind for finding in event.findings if finding.blocks}
    if kinds and kinds <= _ITS_OWN_END and (known is None or known.class_ != "infra"):
        yield "infra, and yet nothing but its own bad end speaks against it, and no pattern knows that as infra"
    if _OUTPUT_LOST not in kinds and (failing := sorted(kind for kind in kinds if kind.startswith(_TEST))):
        yield f"infra, and yet evidence speaks against it: {', '.join(failing)}"


def _against_a_pass(event: StepFinished, step: Step) -> Iterator[str]:
    if not event.attempt:
        yield "passed without an attempt"
    yield from (f"passed in spite of a finding: {finding.message}" for finding in event.findings if _blocks(finding))
    excused = _excused(event, step)
    if event.signal is not None:
        yield f"passed, and yet it died of signal {event.signal}"
    elif isinstance(step.work, Shell | Argv | ReadyMade) and event.exit_code is None:
        yield "passed without an exit code"
    elif event.exit_code and not excused:
        yield f"passed with exit code {event.exit_code}, and no known failure excuses that"
    failing = event.tests.failed + event.tests.errors if event.tests else 0
    if failing > excused:
        yield f"passed with {failing} failing tests, of which known failures excuse {excused}"
    if step.report is not None:
        if event.tests is None and not step.report.optional:
            yield "passed without the report that the definition asks for"
        elif event.tests is not None and not event.tests.total and not step.report.allow_empty:
            yield "passed without a single test"
    yield from (f"passed, and yet {check.probe.request} was not met" for check in event.checks if not check.probe.met)
    wanted = [check.kind for check in (step.ready, *step.after_each) if isinstance(check, Check)]
    asked = [check.kind for check in event.checks]
    yield from (f"passed without its {kind} check" for kind in dict.fromkeys(wanted) if kind not in asked)
    if event.strays and step.strays == "fail":
        yield "passed although it left processes behind, which the definition forbids"


def _left_alone(event: StepFinished) -> bool:
    return any(finding.kind == "dependency-open" for finding in event.findings)


def _blocks(finding: Finding) -> bool:
    return finding.blocks and finding.kind not in _ONLY_TOLD


def _excused(event: StepFinished, step: Step) -> int:
    """How many failing tests the comparison says were known, or are new and within what the definition allows.

    Of the renamed ones it does not tell which failed before and fail still; all of them may have.
    """
    if event.comparison is None:
        return 0
    counts = dict(event.comparison.counts)
    allowed = step.baseline.new_failures if step.baseline is not None else 0
    new = min(allowed, max(counts.get("new_failures", 0), len(event.comparison.new_failures)))
    still = max(counts.get("still_failing", 0), len(event.comparison.still_failing))
    renamed = max(counts.get("renamed", 0), len(event.comparison.renamed))
    return new + still + renamed + max(counts.get("quarantined", 0), len(event.comparison.quarantined))
