"""Owns when a held port is given to its user: just before the step starts that brings the service up."""

from __future__ import annotations

from collections.abc import Collection

from gatekeeper.adapters.ports.lease import PortLease
from gatekeeper.engine.ports import StepExecutor
from gatekeeper.model.outcome import Attempt, DeadService, StepOrder
from gatekeeper.model.plan import Argv, Plan, Shell


class PortGivingExecutor:
    """A `StepExecutor` that lets go of the ports when their user is about to start, and else only passes on.

    A port's users are the commands that keep a service, or all commands where none does.
    """

    def __init__(self, executor: StepExecutor, plan: Plan, leases: Collection[PortLease]) -> None:
        self._executor = executor
        self._leases = leases
        commands = [step for gate in plan.gates for step in gate.steps if isinstance(step.work, Shell | Argv)]
        self._users = {step.id for step in commands if step.keep} or {step.id for step in commands}

    async def execute(self, order: StepOrder) -> Attempt:
        """As the executor inside."""
        if order.step.id in self._users:
            for lease in self._leases:
                lease.release_socket()
        return await self._executor.execute(order)

    async def stop(self, *, now: bool) -> None:
        """As the executor inside."""
        await self._executor.stop(now=now)

    async def end_service(self, service: str) -> DeadService | None:
        """As the executor inside."""
        return await self._executor.end_service(service)

    async def died_services(self) -> tuple[DeadService, ...]:
        """As the executor inside."""
        return await self._executor.died_services()


def ports_in_environment(leases: Collection[PortLease]) -> dict[str, str]:
    """Every port as PORT_<NAME>, and the first one as PORT too."""
    numbers = {lease.name: str(lease.port) for lease in leases}
    named = {f"PORT_{name.upper().replace('-', '_')}": number for name, number in numbers.items()}
    return {"PORT": next(iter(numbers.values())), **named} if numbers else {}
