"""Owns the rules of `gatekeeper check` on times and limits of a step that can't do what they are there for."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.adapters.definition.lint_found import Found
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.units import format_duration, format_size
from gatekeeper.model.plan import HttpProbe, Limits, Step

_ENOUGH_MEMORY, _ENOUGH_PROCESSES, _ENOUGH_FILES = 16 << 20, 4, 16


def of_bounds(step: Step, place: Place) -> Iterator[Found]:
    """Times that can't come before the hard timeout, and limits that nothing fits into."""
    hard = format_duration(step.timeout_s)
    if step.quiet_s is not None and step.quiet_s >= step.timeout_s:
        message = f"quiet for {format_duration(step.quiet_s)} can't come before the hard timeout of {hard}"
        yield Found("quiet-beyond-timeout", (*place, "quiet"), 0, message, "make it shorter, or remove it")
    if isinstance(step.work, HttpProbe):
        within = step.work.expect.within_s
        if within is not None and within > step.timeout_s:
            message = f"{format_duration(within)} can't pass before the hard timeout of {hard}"
            yield Found("inner-timeout-beyond-hard", (*place, "expect", "within"), 0, message)
    if step.ready is not None and step.ready.within_s >= step.timeout_s:
        message = f"{format_duration(step.ready.within_s)} to be ready can't pass before the hard timeout of {hard}"
        yield Found("inner-timeout-beyond-hard", (*place, "ready", "within"), 0, message, "make it shorter")
    yield from _tight_limits(step.limits, (*place, "limits"))


def _tight_limits(limits: Limits, place: Place) -> Iterator[Found]:
    for key, bound, enough in (
        ("memory", limits.memory, _ENOUGH_MEMORY),
        ("processes", limits.processes, _ENOUGH_PROCESSES),
        ("open_files", limits.open_files, _ENOUGH_FILES),
    ):
        if bound is not None and bound < enough:
            shown, wanted = (format_size(bound), format_size(enough)) if key == "memory" else (str(bound), str(enough))
            message = f"{shown} is not enough for a shell and the few programs that it starts"
            yield Found("tight-limit", (*place, key), 0, message, f"write {wanted} or more")
