"""Owns what goes into the guard and what comes out of it. Knows nothing of how processes are held."""

from typing import Literal, TypeAlias

from gatekeeper.model.incident import Incident
from gatekeeper.model.outcome import Exceeded, Listener, Outcome, Output, Stray
from gatekeeper.model.plan import Limits, Pairs
from gatekeeper.model.record import NamedTuple

Level: TypeAlias = Literal["cgroup", "guardian"]
"""How strong a containment may be required to be."""


class Containment(NamedTuple):
    """What a run is contained by: the layers that it began with, strongest first, and what it was told to require."""

    layers: tuple[str, ...] = ()
    required: Level | None = None


NOTHING_PROMISED = Containment()
"""Of a run that did not say what contains it."""


class GuardOrder(NamedTuple):
    """One command to be run under guard. All is filled in: `environ` is the whole environment, paths are absolute.

    `output` is the file that standard output and error are appended to, created with mode 0600; of it the head and
    tail that `limits` allow are kept. With `keep`, what is left when the leader exits 0 lives on as that service.
    With `tty` the command has a terminal. Of the stored output none of `masked`, the forms of secrets, is left when it
    ended; with `strict` none of them ever reaches the disk.
    `private` names variables that are to name one folder which the command has to itself, as long as it lives.
    """

    label: str
    argv: tuple[str, ...]
    cwd: str
    environ: Pairs
    output: str
    timeout_s: float
    limit: Literal["step", "gate", "round", "run"] = "step"
    grace_s: float = 5.0
    quiet_s: float | None = None
    limits: Limits = Limits()
    keep: str | None = None
    tty: bool = False
    masked: tuple[bytes, ...] = ()
    strict: bool = False
    private: tuple[str, ...] = ()


class GuardEnd(NamedTuple):
    """What the guard saw, after nothing of the command is alive (save a kept service).

    `layers` names what actually contained it. `strays_total` counts all strays, also those that are not described.
    `service` tells that something lives on under the order's `keep`.
    `exceeded` are the limits that it ran into, `listeners` the ports that others have opened since it began.
    `dossier` is the file on what it was doing when it had to be ended, relative to the run's folder, or empty, and
    `dossier_digest` the ``sha256:`` of it. `lost` says why output of it is missing, or is empty.
    """

    outcome: Outcome
    duration_s: float
    layers: tuple[str, ...]
    strays: tuple[Stray, ...] = ()
    incidents: tuple[Incident, ...] = ()
    output: Output | None = None
    last_lines: tuple[str, ...] = ()
    service: bool = False
    exceeded: tuple[Exceeded, ...] = ()
    listeners: tuple[Listener, ...] = ()
    dossier: str = ""
    lost: str = ""
    strays_total: int = 0
    dossier_digest: str = ""
