"""A step's folder and attempts in it, for tests of which reports count."""

from __future__ import annotations

import time
from pathlib import Path

from gatekeeper.adapters.testreports.reader import ReportReader
from gatekeeper.model.demands import ReportSpec
from gatekeeper.model.report import Report, ReportProblem

SPEC = ReportSpec("junit", ("reports/*.xml",))


class Step:
    """A step's folder, and attempts in it."""

    def __init__(self, tmp_path: Path, reader: ReportReader) -> None:
        self.folder = tmp_path / "step"
        (self.folder / "reports").mkdir(parents=True)
        self.file = self.folder / "reports/a.xml"
        self.reader = reader
        self.since_ns = 0

    def begin(self, spec: ReportSpec = SPEC) -> None:
        self.reader.clear(spec, str(self.folder))
        self.since_ns = time.time_ns()

    def end(self, spec: ReportSpec = SPEC) -> Report | ReportProblem:
        return self.reader.read(spec, str(self.folder), self.since_ns)

    def stale(self, spec: ReportSpec = SPEC) -> str:
        found = self.end(spec)
        assert isinstance(found, ReportProblem), found
        assert found.kind == "stale"
        return found.message
