"""Owns what comes after the rounds: the teardown steps, within a time of their own. Decides no verdict."""

from __future__ import annotations

from collections.abc import Iterable

import anyio

from gatekeeper.engine.step_run import AttemptPlace, StepRunner
from gatekeeper.engine.stop import Stop
from gatekeeper.model.plan import Step, Tier
from gatekeeper.policy.deadlines import Deadline

_WITHIN_S = 300.0


async def tear_down(teardown: Iterable[Step], steps: StepRunner, stop: Stop, *, run: str, rounds: int) -> None:
    """Run the teardown steps in order, until all are done or somebody wants the end now; then end the services."""
    try:
        with anyio.move_on_after(_WITHIN_S):
            for step in teardown:
                if stop.now:
                    break
                deadline = Deadline(min(step.timeout_s, _WITHIN_S), "step")
                await steps.run(step, deadline, AttemptPlace(run, rounds, 1, Tier.INFORMATIONAL, ""))
    finally:
        await steps.end_services()
