"""Owns the measures as one thing that can be handed to whoever runs steps. Imports nothing until there are some."""

from __future__ import annotations

import os

from gatekeeper.model.demands import CoverageSpec, MetricSpec
from gatekeeper.model.plan import Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Coverage, MetricValue, ReportProblem
from gatekeeper.policy.masking import Masker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.adapters.measures.coverage import Changes, Tracked
    from gatekeeper.adapters.measures.files import Marks


class MeasureReader(NamedTuple):
    """Clears and reads what one run's steps measured; copies go to ``reports/`` in `run_folder`."""

    run_folder: str
    masker: Masker
    changes: Changes
    tracked: Tracked

    def clear(self, step: Step, folder: str) -> Marks:
        """Remove what an earlier attempt left where that is safe, and tell what is there before this one."""
        from gatekeeper.adapters.measures.coverage import CoverageFiles
        from gatekeeper.adapters.measures.files import mark, matching

        names = [spec.file for spec in step.metrics if spec.file]
        if step.coverage is not None:
            CoverageFiles(self.run_folder, self.masker, self.changes, self.tracked).clear(step.coverage, folder)
            names += matching(step.coverage.globs, folder)
        paths = (os.path.join(folder, name) for name in names)
        return {path: found for path in paths if (found := mark(path)) is not None}

    def coverage(self, spec: CoverageSpec, folder: str, before: Marks, since_ns: int) -> Coverage | ReportProblem:
        """The coverage of an attempt that began at `since_ns` (wall clock); `before` is what `clear` told."""
        from gatekeeper.adapters.measures.coverage import CoverageFiles

        return CoverageFiles(self.run_folder, self.masker, self.changes, self.tracked).read(
            spec, folder, before, since_ns
        )

    def metrics(
        self, specs: tuple[MetricSpec, ...], folder: str, before: Marks, since_ns: int, output: str
    ) -> tuple[MetricValue, ...]:
        """The numbers of such an attempt; `output` is its captured output (absolute), or empty."""
        from gatekeeper.adapters.measures.metrics import MetricFiles

        return MetricFiles(self.run_folder, self.masker).read(specs, folder, before, since_ns, output)
