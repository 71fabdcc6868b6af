"""Owns the events that tell of services: stored formats, as in `gatekeeper.model.events`."""

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
