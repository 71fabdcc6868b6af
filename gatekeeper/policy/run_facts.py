"""Owns the facts of a run for other tools and for a project's own templates: plain values, as JSON has them.

The shape is that of ``schema/summary.schema.json``, for a run that goes on, too: then `verdict` and `finished_at` are
empty, and `exit_code` and `duration_s` None. Knows no template and no schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from gatekeeper.model.events import RunFinished, RunStarted
from gatekeeper.model.help_events import FixerStarted, MitigationStarted
from gatekeeper.model.report import Totals
from gatekeeper.policy.export_steps import MESSAGE, NAME, StepTold, readable, steps_told
from gatekeeper.policy.fold import RunRecord

Facts: TypeAlias = Mapping[str, object]


def run_facts(record: RunRecord, started: RunStarted) -> Facts:
    """The facts of the run as far as it has come."""
    steps = [_step(told, record) for told in steps_told(record)]
    tests = [tested for step in steps if isinstance(tested := step["tests"], dict)]
    helps = [event for _, event in record.help]
    kinds = [incident.kind.value for _, incident in record.incidents]
    return {
        "format": "gatekeeper-summary",
        "version": 1,
        "run": record.run,
        "cycle": started.cycle,
        "title": readable(started.title or started.cycle, NAME),
        "gatekeeper": started.version,
        "at": started.at,
        **_ending(record.finished),
        "started_at": record.started_at,
        "finished_at": record.finished_at if record.finished is not None else "",
        "steps": steps,
        "tests": {name: sum(each[name] for each in tests) for name in Totals._fields} if tests else None,
        "rounds": list(_rounds(record)),
        "help": {
            "fixer_calls": sum(isinstance(event, FixerStarted) for event in helps),
            "mitigations": sum(isinstance(event, MitigationStarted) for event in helps),
            "retries": sum(len(each.retries) for each in record.rounds),
            "resumptions": len(record.resumed),
        },
        "incidents": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
    }


def _ending(finished: RunFinished | None) -> Facts:
    if finished is None:
        return {"verdict": "", "exit_code": None, "reason": "", "selection": "", "duration_s": None, "tree": ""}
    return {
        "verdict": str(finished.verdict),
        "exit_code": finished.exit_code,
        "reason": readable(finished.reason, MESSAGE),
        "selection": readable(finished.selection, MESSAGE),
        "duration_s": finished.duration_s,
        "tree": finished.tree,
    }


def _step(told: StepTold, record: RunRecord) -> Facts:
    result = told.result
    totals = told.tested.tests if told.tested is not None else result.tests if result is not None else None
    return {
        "gate": readable(told.step.gate, NAME),
        "step": readable(told.step.step, NAME),
        "tier": told.tier,
        "verdict": str(result.verdict) if result is not None else "interrupted" if told.interrupted else "never-ran",
        "flaky": told.flaky,
        "reused": result is not None and result.reused,
        "attempts": record.attempts.get(told.step, 0),
        "duration_s": max(0.0, result.duration_s) if result is not None else 0.0,
        "exit_code": result.exit_code if result is not None else None,
        "tests": totals._asdict() if totals is not None else None,
        "pattern": result.known.pattern if result is not None and result.known is not None else None,
        "findings": [
            {
                "kind": finding.kind,
                "message": readable(finding.message, MESSAGE),
                "place": readable(finding.place, MESSAGE),
                "blocks": finding.blocks,
            }
            for finding in (result.findings if result is not None else ())
        ],
        "output": result.output if result is not None else None,
    }


def _rounds(record: RunRecord) -> Iterator[Facts]:
    for each in record.rounds:
        yield {
            "round": each.started.round,
            "reason": readable(each.started.reason, MESSAGE),
            "started_at": each.started_at,
            "finished_at": each.finished_at or None,
            "failed": [readable(name, NAME) for name in each.finished.failed] if each.finished is not None else [],
        }
