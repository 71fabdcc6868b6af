"""Owns what the local executor needs from its neighbours, as small Protocols. Knows none of them."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Protocol

from gatekeeper.model.containment import GuardEnd, GuardOrder
from gatekeeper.model.demands import CoverageSpec, MetricSpec, ReportSpec
from gatekeeper.model.outcome import Artifact, DeadService, ProbeResult
from gatekeeper.model.plan import Check, Probe, Step
from gatekeeper.model.report import Coverage, MetricValue, Report, ReportProblem


class CommandGuard(Protocol):
    """Runs commands so that nothing of them survives, save declared services."""

    async def run(self, order: GuardOrder) -> GuardEnd:
        """Run one command to its end. Cancelling the task ends the command before the cancellation goes on."""
        ...

    async def stop(self, *, now: bool) -> None:
        """End every command that is running at this moment as `Cancelled`; returns without waiting."""
        ...

    async def kill_now(self) -> None:
        """No more grace for anything that runs, services included; returns without waiting."""
        ...

    async def end_service(self, name: str) -> DeadService | None:
        """End a kept service and see it gone; what is left of it, or None where there is none of that name."""
        ...

    async def died_services(self) -> tuple[DeadService, ...]:
        """The kept services that ended by themselves since the last call."""
        ...


class Prober(Protocol):
    """Asks probes; never raises for what was answered."""

    def ask(self, probe: Probe, *, timeout_s: float, cwd: str) -> Awaitable[ProbeResult]:
        """Ask once, for at most `timeout_s` in all."""
        ...

    def ask_until(self, check: Check, *, cwd: str, left_s: float = ...) -> Awaitable[ProbeResult]:
        """Ask until the check is met or its `within_s` is over; once where that is 0; never beyond `left_s`."""
        ...

    def warm_up(self) -> None:
        """Begin to get ready for the first HTTP question, beside what runs; returns at once."""
        ...


class ReportReader(Protocol):
    """Reads the test reports that steps write. Both may block and are called in a thread."""

    def clear(self, spec: ReportSpec, folder: str) -> None:
        """Remove what an earlier attempt left, so that yesterday's result cannot be taken for today's."""
        ...

    def read(self, spec: ReportSpec, folder: str, since_ns: int) -> Report | ReportProblem:
        """The report of an attempt that began at `since_ns` (wall clock)."""
        ...


class MeasureReader(Protocol):
    """Reads the coverage and the numbers that steps write or print. All may block and are called in a thread."""

    def clear(self, step: Step, folder: str) -> Mapping[str, tuple[int, ...]]:
        """Remove what an earlier attempt left where that is safe; what is there before this one, for the others."""
        ...

    def coverage(
        self, spec: CoverageSpec, folder: str, before: Mapping[str, tuple[int, ...]], since_ns: int
    ) -> Coverage | ReportProblem:
        """The coverage of an attempt that began at `since_ns` (wall clock)."""
        ...

    def metrics(
        self,
        specs: tuple[MetricSpec, ...],
        folder: str,
        before: Mapping[str, tuple[int, ...]],
        since_ns: int,
        output: str,
    ) -> tuple[MetricValue, ...]:
        """The numbers of such an attempt; `output` is the file of its output, or empty."""
        ...


class ArtifactKeeper(Protocol):
    """Keeps files that steps declare as evidence. May block and is called in a thread."""

    def keep(self, globs: tuple[str, ...], folder: str) -> tuple[Artifact, ...]:
        """Copy what matches in `folder`; what could not be kept is named with an empty `kept`."""
        ...
