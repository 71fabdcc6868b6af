"""Owns whether a run's steps are held against anything. What that is, is only imported where they are."""

from __future__ import annotations

from gatekeeper.engine.ports import Standards
from gatekeeper.engine.standards import NoStandards

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.cli.wiring import OpenedRun
    from gatekeeper.engine.ports import StepExecutor
    from gatekeeper.engine.stop import Stop
    from gatekeeper.engine.stream import EventStream


def standards_of(opened: OpenedRun, executor: StepExecutor, stream: EventStream, stop: Stop) -> Standards:
    """What the selected steps are held against, read now: nothing of them has run yet."""
    chosen = frozenset(opened.selected)
    steps = [
        step
        for gate in opened.plan.gates
        for step in gate.steps
        if step.id in chosen and (step.report is not None or step.coverage is not None or step.metrics)
    ]
    if not steps:
        return NoStandards()
    from gatekeeper.cli.standards import standards_of_run

    return standards_of_run(opened, steps, executor=executor, stream=stream, stop=stop, source=opened.judged.source)
