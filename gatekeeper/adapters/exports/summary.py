"""Owns summing a run up as one JSON object of a versioned shape, from its journal alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from gatekeeper.adapters.exports.summary_models import (
    FindingTold,
    HelpSummed,
    RoundSummed,
    StepSummed,
    Summary,
    Tests,
)
from gatekeeper.model.help_events import FixerStarted, MitigationStarted
from gatekeeper.model.report import Totals
from gatekeeper.model.verdict import RunVerdict, StepVerdict
from gatekeeper.policy.export_steps import MESSAGE, RunTold, StepTold, readable, steps_told
from gatekeeper.policy.fold import RunRecord


def write_summary(run: RunTold, record: RunRecord) -> Iterator[str]:
    """The document."""
    yield summary_of(run, record).model_dump_json(indent=2) + "\n"


def summary_of(run: RunTold, record: RunRecord) -> Summary:
    """The run, summed up."""
    steps = tuple(_step(told, record) for told in steps_told(record))
    tests = [step.tests for step in steps if step.tests is not None]
    helps = [event for _, event in record.help]
    incidents: dict[str, int] = {}
    for _, incident in record.incidents:
        incidents[incident.kind.value] = incidents.get(incident.kind.value, 0) + 1
    return Summary(
        format="gatekeeper-summary",
        version=1,
        run=run.run,
        cycle=run.cycle,
        title=run.title,
        gatekeeper=run.version,
        verdict=RunVerdict(run.verdict),
        exit_code=run.exit_code,
        reason=run.reason,
        selection=readable(record.finished.selection, MESSAGE) if record.finished is not None else "",
        started_at=run.started_at,
        finished_at=run.finished_at,
        duration_s=run.duration_s,
        tree=run.tree,
        steps=steps,
        tests=_sum(tests) if tests else None,
        rounds=tuple(_rounds(record)),
        help=HelpSummed(
            fixer_calls=sum(isinstance(event, FixerStarted) for event in helps),
            mitigations=sum(isinstance(event, MitigationStarted) for event in helps),
            retries=sum(len(each.retries) for each in record.rounds),
            resumptions=len(record.resumed),
        ),
        incidents=dict(sorted(incidents.items())),
    )


def _step(told: StepTold, record: RunRecord) -> StepSummed:
    result = told.result
    totals = told.tested.tests if told.tested is not None else result.tests if result is not None else None
    return StepSummed(
        gate=told.step.gate,
        step=told.step.step,
        tier=cast('Literal["required", "advisory", "informational"]', told.tier),
        verdict=_verdict(told),
        flaky=told.flaky,
        reused=result is not None and result.reused,
        attempts=record.attempts.get(told.step, 0),
        duration_s=max(0.0, result.duration_s) if result is not None else 0.0,
        exit_code=result.exit_code if result is not None else None,
        tests=_tests(totals) if totals is not None else None,
        pattern=result.known.pattern if result is not None and result.known is not None else None,
        findings=tuple(
            FindingTold(
                kind=finding.kind,
                message=readable(finding.message, MESSAGE),
                place=readable(finding.place, MESSAGE),
                blocks=finding.blocks,
            )
            for finding in (result.findings if result is not None else ())
        ),
        output=result.output if result is not None else None,
    )


def _verdict(told: StepTold) -> StepVerdict | Literal["interrupted", "never-ran"]:
    if told.result is not None:
        return StepVerdict(told.result.verdict)
    return "interrupted" if told.interrupted else "never-ran"


def _tests(totals: Totals) -> Tests:
    return Tests(**totals._asdict())


def _sum(tests: list[Tests]) -> Tests:
    return Tests(**{name: sum(getattr(each, name) for each in tests) for name in Tests.model_fields})


def _rounds(record: RunRecord) -> Iterator[RoundSummed]:
    for each in record.rounds:
        yield RoundSummed(
            round=each.started.round,
            reason=each.started.reason,
            started_at=each.started_at,
            finished_at=each.finished_at or None,
            failed=each.finished.failed if each.finished is not None else (),
        )
