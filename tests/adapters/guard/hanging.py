"""Commands that hang once they are ready, run to their limit, and what is told of them then."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.model.containment import GuardEnd, GuardOrder
from gatekeeper.model.outcome import TimedOut
from tests.adapters.guard.guard_situations import Guarded, in_time

UNTIL_READY = "until [ -e ready ]; do echo .; sleep 0.05; done; wait"


def told(end: GuardEnd, run_folder: Path) -> dict[str, Any]:
    """The dossier of a step that reached its limit."""
    assert isinstance(end.outcome, TimedOut), end
    assert end.incidents == ()
    content: dict[str, Any] = json.loads((run_folder / end.dossier).read_text())
    assert content["why"] == end.outcome.hint
    return content


async def hang(guard: Guard, order: Guarded, command: str, **fields: Any) -> GuardEnd:
    """Run a command in the background of a shell that speaks until it is ready, and then is quiet."""
    environ = tuple({**os.environ, "PYTHONFAULTHANDLER": "1"}.items())
    given = {"timeout_s": 50.0, "grace_s": 0.2, "environ": environ, **fields}
    leader = f"trap '' TERM; {command} & {UNTIL_READY}"
    return await hang_as(guard, order, ("sh", "-c", leader), **given)


async def hang_as(guard: Guard, order: Guarded, argv: tuple[str, ...], **fields: Any) -> GuardEnd:
    """Run what speaks until a file ``ready`` is there and then is quiet, to its quiet period."""

    hanging: list[GuardOrder] = []

    async def run(quiet_s: float) -> GuardEnd:
        hanging.append(order(*argv, quiet_s=quiet_s, **fields))
        return await guard.run(hanging[-1])

    # On a busy machine it may not have come to speak for a whole second.
    return await in_time(run, lambda _: Path(hanging[-1].cwd, "ready").exists(), 1.0)
