"""Owns a step's folder whose measures are read, for the tests of the measures."""

from __future__ import annotations

import time
from pathlib import Path

from gatekeeper.adapters.measures.files import Marks
from gatekeeper.adapters.measures.reader import MeasureReader
from gatekeeper.adapters.repos.changed_lines import changed_lines
from gatekeeper.adapters.repos.tracked import tracked
from gatekeeper.model.demands import CoverageSpec, MetricSpec
from gatekeeper.model.plan import Shell, Step
from gatekeeper.model.report import Coverage, MetricValue, ReportProblem
from gatekeeper.policy.masking import Masker

SAMPLES = Path(__file__).parent / "samples"
LONG_AGO = 1_000_000_000


class Measuring:
    """Plays attempts of one step: `clear` before, then files are written, then `coverage` or `metrics` after."""

    def __init__(self, root: Path, secrets: tuple[str, ...] = ()) -> None:
        self.folder = root / "step"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.run_folder = root / "run"
        self.reader = MeasureReader(str(self.run_folder), Masker(secrets), changed_lines, tracked)
        self.before: Marks = {}
        self.since_ns = time.time_ns()

    def clear(self, coverage: CoverageSpec | None = None, *metrics: MetricSpec) -> None:
        step = Step("g", "s", Shell("true"), 1.0, coverage=coverage, metrics=metrics)
        self.before = self.reader.clear(step, str(self.folder))
        self.since_ns = time.time_ns()

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def coverage(self, spec: CoverageSpec) -> Coverage | ReportProblem:
        return self.reader.coverage(spec, str(self.folder), self.before, self.since_ns)

    def covered(self, spec: CoverageSpec) -> Coverage:
        coverage = self.coverage(spec)
        assert isinstance(coverage, Coverage), coverage
        return coverage

    def metric(self, spec: MetricSpec, output: str | bytes | None = None) -> MetricValue:
        path = ""
        if output is not None:
            captured = self.folder.parent / "output.log"
            captured.write_bytes(output.encode() if isinstance(output, str) else output)
            path = str(captured)
        (value,) = self.reader.metrics((spec,), str(self.folder), self.before, self.since_ns, path)
        return value
