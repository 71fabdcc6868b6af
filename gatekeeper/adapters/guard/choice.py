"""Owns which guard a platform gets. Knows nothing of how they work."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # only the chosen one is imported
    from gatekeeper.adapters.guard.guard import Guard
    from gatekeeper.adapters.guard.sampling import SamplingGuard


def new_guard(*, run: str, folder: str, ledger: str, platform: str = sys.platform) -> Guard | SamplingGuard:
    """The strongest guard there is for this platform. `folder` is the run's evidence folder, `ledger` for `reap`."""
    if platform == "linux":
        from gatekeeper.adapters.guard.guard import Guard

        return Guard(run=run, folder=folder, ledger=ledger)
    from gatekeeper.adapters.guard.sampling import SamplingGuard

    return SamplingGuard(run=run, folder=folder, ledger=ledger)
