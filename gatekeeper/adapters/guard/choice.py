"""Owns which guard a platform gets. Knows nothing of how they work."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # only the chosen one is imported
    from collections.abc import Callable

    from gatekeeper.adapters.guard.guard import Guard
    from gatekeeper.adapters.guard.pool import GuardianPool
    from gatekeeper.adapters.guard.reap import Reaped
    from gatekeeper.adapters.guard.sampling.guard import SamplingGuard


def start_helpers(platform: str = sys.platform, *, with_leaves: bool = True) -> GuardianPool | None:
    """Start what a guard needs, before anything is known of the run: it comes up while the caller still imports.

    `with_leaves` is False for a guard that is to do without cgroups even where there are some. None where the
    platform's guard has no helpers. Raises `OSError` when the machine refuses a process.
    """
    if platform != "linux":
        return None
    from gatekeeper.adapters.guard.pool import GuardianPool

    helpers = GuardianPool(with_leaves=with_leaves)
    helpers.start()
    return helpers


def offered(helpers: GuardianPool | None) -> tuple[str, ...]:
    """What will contain a command, strongest first: known before there is a guard, or anything for it to run."""
    if helpers is not None:
        return helpers.layers()
    from gatekeeper.adapters.guard.sampling.guard import LAYERS

    return LAYERS


def new_guard(
    *,
    run: str,
    folder: str,
    ledger: str,
    helpers: GuardianPool | None = None,
    mask: Callable[[str], str] = str,
    platform: str = sys.platform,
) -> Guard | SamplingGuard:
    """The strongest guard there is for this platform.

    `folder` is the run's evidence folder, `ledger` for `reap`; `mask` hides secrets in what is written there.
    """
    if platform == "linux":
        from gatekeeper.adapters.guard.guard import Guard

        return Guard(run=run, folder=folder, ledger=ledger, helpers=helpers, mask=mask)
    from gatekeeper.adapters.guard.sampling.guard import SamplingGuard

    return SamplingGuard(run=run, folder=folder, ledger=ledger, mask=mask)


def reap(ledger: str, platform: str = sys.platform) -> tuple[Reaped, ...]:
    """Finish what the dead owners in this ledger left, by what the platform's guard can be found again by."""
    if platform == "linux":
        from gatekeeper.adapters.guard.reap import reap as finish
    else:
        from gatekeeper.adapters.guard.sampling.reaping import reap as finish
    return finish(ledger)
