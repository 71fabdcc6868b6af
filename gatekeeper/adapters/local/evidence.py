"""Owns the evidence of one attempt: the way is cleared for it before, and what was left is taken in after.

Knows its neighbours (reports, measures, artifacts) only as the Protocols in `ports`. They work in threads.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from gatekeeper.model.outcome import Attempt
from gatekeeper.model.plan import Step
from gatekeeper.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:  # on the way to the first spawn, annotations must not cost a Protocol
    from gatekeeper.adapters.local.ports import ArtifactKeeper, MeasureReader, ReportReader


class Cleared(NamedTuple):
    """The way is clear for an attempt: what is `there` before it, and since when (wall clock) it counts."""

    there: Mapping[str, tuple[int, ...]]
    since_ns: int


class Evidence(NamedTuple):
    """Clears and collects the evidence of steps that run in `run_folder`'s run."""

    run_folder: str
    reports: ReportReader
    measures: MeasureReader
    artifacts: ArtifactKeeper

    async def clear(self, step: Step, folder: str) -> Cleared:
        """Remove what could be taken for this attempt's evidence and is not."""
        there: Mapping[str, tuple[int, ...]] = {}
        if step.report is not None or step.coverage is not None or step.metrics:
            from anyio import to_thread

            if step.report is not None:
                await to_thread.run_sync(self.reports.clear, step.report, folder)
            if step.coverage is not None or step.metrics:
                there = await to_thread.run_sync(self.measures.clear, step, folder)
        return Cleared(there, time.time_ns())

    async def collect(self, step: Step, folder: str, cleared: Cleared, attempt: Attempt) -> Attempt:
        """`attempt` with what it left."""
        if step.report is None and step.coverage is None and not step.metrics and not step.artifacts:
            return attempt
        from anyio import to_thread

        there, since_ns = cleared
        if step.report is not None:
            report = await to_thread.run_sync(self.reports.read, step.report, folder, since_ns)
            attempt = attempt._replace(report=report)
        if step.coverage is not None:
            coverage = await to_thread.run_sync(self.measures.coverage, step.coverage, folder, there, since_ns)
            attempt = attempt._replace(coverage=coverage)
        if step.metrics:
            output = os.path.join(self.run_folder, attempt.output.path) if attempt.output else ""
            metrics = await to_thread.run_sync(self.measures.metrics, step.metrics, folder, there, since_ns, output)
            attempt = attempt._replace(metrics=metrics)
        if step.artifacts:
            kept = await to_thread.run_sync(self.artifacts.keep, step.artifacts, folder)
            attempt = attempt._replace(artifacts=kept)
        return attempt
