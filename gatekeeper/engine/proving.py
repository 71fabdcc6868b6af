"""Owns seeing fixes proven, one step after the other, for as long as there is time and nobody wants the end."""

from __future__ import annotations

from collections.abc import Iterable

import anyio

from gatekeeper.engine.ports import FixProver
from gatekeeper.engine.stop import Stop
from gatekeeper.engine.stream import EventStream
from gatekeeper.model.help_events import FixProved
from gatekeeper.model.helping import DueProof

_OUT_OF_TIME = "the run's time was over before it had been seen to fail on the tree before its fix"


async def prove_fixes(
    due: Iterable[DueProof], prover: FixProver, stream: EventStream, stop: Stop, left_s: float
) -> None:
    """Publish what comes of each, in `left_s` seconds at most; what time or a stop cuts off is told as unclear.

    Raises `JournalError` only.
    """
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_cancel_when_stopped, stop, tasks.cancel_scope)
        with anyio.move_on_after(left_s):
            for each in due:
                proved = FixProved(each.step.gate, each.step.step, each.tree, "unclear", _OUT_OF_TIME)
                try:
                    proved = await prover.prove(each)
                finally:
                    # Also of one that is cut off: what nobody saw is no proof.
                    stream.publish(proved)
        tasks.cancel_scope.cancel()


async def _cancel_when_stopped(stop: Stop, scope: anyio.CancelScope) -> None:
    while not stop.requested:
        await stop.changed()
    scope.cancel()
