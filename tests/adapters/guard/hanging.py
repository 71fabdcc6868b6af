"""Commands that hang once they are ready, run to their limit, and what is told of them then."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.model.containment import GuardEnd
from gatekeeper.model.outcome import TimedOut
from tests.adapters.guard.guard_situations import Guarded

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
    given = {"quiet_s": 1.0, "timeout_s": 50.0, "grace_s": 0.2, "environ": environ, **fields}
    return await guard.run(order("sh", "-c", f"trap '' TERM; {command} & {UNTIL_READY}", **given))
