"""Owns telling chat systems, mail and the like through apprise, an extra that need not be installed."""

from __future__ import annotations

from gatekeeper.adapters.notifications.summary import Summary

MISSING = "this kind of target needs apprise: pip install 'gatekeeper-run[notify]'"


async def tell(target: str, summary: Summary) -> str:
    """Deliver; returns a problem in words, or nothing."""
    from anyio import to_thread

    # apprise blocks; a thread that hangs is left behind at the caller's deadline.
    return await to_thread.run_sync(_tell, target, summary, abandon_on_cancel=True)


def _tell(target: str, summary: Summary) -> str:
    import importlib

    try:
        apprise = importlib.import_module("apprise")
    except ImportError:
        return MISSING
    told = apprise.Apprise()
    if not told.add(target):
        return "apprise does not know this kind of target, or a part of it is missing"
    delivered = told.notify(title=f"{summary['cycle']}: {summary['verdict']}", body=summary["text"])
    return "" if delivered else "apprise could not deliver it"
