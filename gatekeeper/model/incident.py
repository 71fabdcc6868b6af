"""Owns the incidents: what the log must tell beside the verdicts."""

from enum import StrEnum

from gatekeeper.model.record import NamedTuple


class IncidentKind(StrEnum):
    """The closed list of incident kinds."""

    TIMEOUT = "timeout"
    HANG = "hang"
    STRAY = "stray"
    DRIFT = "drift"
    UNKILLABLE = "unkillable"
    SERVICE_DIED = "service-died"
    CONTAINMENT_BROKEN = "containment-broken"
    LOG_CONFLICT = "log-conflict"
    INTERNAL = "internal"


class Incident(NamedTuple):
    """One thing that must be told; `gate` and `step` are empty where it belongs to the run as a whole."""

    kind: IncidentKind
    message: str
    gate: str = ""
    step: str = ""
