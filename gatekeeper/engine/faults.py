"""Owns finding the fault in what a task group wraps around it. Knows no fault in particular but whose it is."""

from __future__ import annotations

from gatekeeper.model.errors import GatekeeperError


def first_fault(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one to tell of: the first that was foreseen (`GatekeeperError`), else the first that was not."""
    faults = _inside(group)
    return next((fault for fault in faults if isinstance(fault, GatekeeperError)), faults[0])


def _inside(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for fault in group.exceptions:
        found += _inside(fault) if isinstance(fault, BaseExceptionGroup) else [fault]
    return found
