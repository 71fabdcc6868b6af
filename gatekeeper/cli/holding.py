"""Owns when a held port is given to its user: just before the step starts that brings the service up."""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.adapters.ports.lease import PortLease
from gatekeeper.model.events import Entry, StepStarted
from gatekeeper.model.plan import Argv, Plan, Shell, StepId


class PortRelease:
    """A reader of the event stream. A port's users are the commands that keep a service, or all where none does."""

    def __init__(self, plan: Plan, leases: Mapping[str, PortLease]) -> None:
        self._leases = leases
        commands = [step for gate in plan.gates for step in gate.steps if isinstance(step.work, Shell | Argv)]
        self._users: set[StepId] = {step.id for step in commands if step.keep} or {step.id for step in commands}

    def receive(self, entry: Entry) -> None:
        """Give the ports free when their user is about to start."""
        event = entry.event
        if isinstance(event, StepStarted) and StepId(event.gate, event.step) in self._users:
            for lease in self._leases.values():
                lease.release_socket()
