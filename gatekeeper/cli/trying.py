"""Owns what a trial does before its first step, and that it ends when the run is told to stop. Knows no change."""

from __future__ import annotations

import anyio

from gatekeeper.cli.wiring import OpenedRun
from gatekeeper.engine.ports import StepExecutor
from gatekeeper.engine.stop import Stop
from gatekeeper.model.errors import EnvironmentFault


async def change_first(opened: OpenedRun, executor: StepExecutor, stop: Stop) -> None:
    """What a trial does before its first step; whoever stops the run ends that too."""
    change = opened.request.trial.change if opened.request.trial is not None else None
    if change is None or stop.requested:
        return

    async def pass_on() -> None:
        while True:
            await stop.changed()
            await executor.stop(now=stop.now)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pass_on)
        try:
            await change(opened, executor)
        except EnvironmentFault:
            # That it could not be made is no news where it was stopped: the run that follows says so, and ends.
            if not stop.requested:
                raise
        tasks.cancel_scope.cancel()
