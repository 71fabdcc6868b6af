"""Owns the last event of a run: what it came to, made of the judgement and of how its steps stand."""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.model.event_parts import StepSummary
from gatekeeper.model.events import RunFinished
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.tree import Tree
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.run_verdict import Judgement
from gatekeeper.policy.standing import Standings


def closing_event(
    judgement: Judgement,
    standings: Standings,
    tree: Tree,
    *,
    rounds: int,
    duration_s: float,
    incidents: Mapping[str, int],
    log: str,
    selection: str,
    integrity: tuple[IntegrityChange, ...],
) -> RunFinished:
    """The event; a step without a verdict was cancelled. The diffs of `integrity` were told before."""
    return RunFinished(
        verdict=judgement.verdict.value,
        exit_code=judgement.exit_code,
        rounds=rounds,
        tree=tree.digest,
        duration_s=round(duration_s, 3),
        log=log,
        steps=tuple(
            StepSummary(
                step.gate,
                step.step,
                standings.gates[step.gate].tier.value,
                (standing.verdict or StepVerdict.CANCELLED).value,
                standing.attempts,
            )
            for step, standing in standings.items()
        ),
        incidents=tuple(sorted(incidents.items())),
        reason=judgement.why.value,
        repos=tree.repos,
        selection=selection,
        integrity=tuple(change._replace(diff="") for change in integrity),
    )
