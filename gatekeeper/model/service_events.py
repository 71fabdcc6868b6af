"""Owns the events that tell of services, and of waiting for locks: stored formats, as in `gatekeeper.model.events`."""

from typing import TypeAlias

from gatekeeper.model.record import NamedTuple


class ServiceStarted(NamedTuple):
    """What a step left running lives on under this name."""

    service: str
    gate: str
    step: str


class ServiceEnded(NamedTuple):
    """A service is gone; `how` is ``ended`` (by us), ``replaced`` or ``died``.

    `output` holds what its step and it wrote; it is None where that could not be stored.
    """

    service: str
    how: str
    output: str | None = None
    output_digest: str | None = None


class LockAwaited(NamedTuple):
    """Nothing can start yet: another run, or a step of this one, has one of `locks`; `holder` says in words who.

    `gate` and `step` are empty where the whole run waits.
    """

    locks: tuple[str, ...]
    holder: str
    gate: str = ""
    step: str = ""


class LockTaken(NamedTuple):
    """What had to be waited for is had now, after `waited_s` seconds."""

    locks: tuple[str, ...]
    waited_s: float
    gate: str = ""
    step: str = ""


BesideSteps: TypeAlias = ServiceStarted | ServiceEnded | LockAwaited | LockTaken
"""What goes on beside the steps."""
