"""Owns finding the fault in what a task group wraps around it. Knows no fault in particular but whose it is."""

from __future__ import annotations

import errno

from gatekeeper.model.errors import EnvironmentFault, GatekeeperError

# What no program can do anything about. Everything else that the system says no to is for us to foresee.
_REFUSALS = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.EAGAIN,
        errno.EIO,
    }
)
_NO_THREAD = "can't start new thread"


def first_fault(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one to tell of: the first that was foreseen (`GatekeeperError`), else the first that was not."""
    faults = _inside(group)
    return next((fault for fault in faults if isinstance(fault, GatekeeperError)), of_the_machine(faults[0]))


def of_the_machine(fault: BaseException) -> BaseException:
    """The same as an `EnvironmentFault` where it is the machine that refuses something; else `fault` itself."""
    match fault:
        case OSError() if fault.errno in _REFUSALS:
            where = f": {fault.filename}" if fault.filename else ""
            return EnvironmentFault(f"this machine refuses: {fault.strerror}{where}")
        case RuntimeError() if str(fault) == _NO_THREAD:
            return EnvironmentFault("this machine refuses: no thread could be started; see `ulimit -u`")
        case _:
            return fault


def _inside(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for fault in group.exceptions:
        found += _inside(fault) if isinstance(fault, BaseExceptionGroup) else [fault]
    return found
