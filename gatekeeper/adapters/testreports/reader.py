"""Owns the reports as one thing that can be handed to whoever runs steps. Imports nothing until there is a report."""

from gatekeeper.model.demands import ReportSpec
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Report, ReportProblem
from gatekeeper.policy.masking import Masker


class ReportReader(NamedTuple):
    """Clears, finds, keeps and reads the reports of one run's steps; copies go to ``reports/`` in `run_folder`."""

    run_folder: str
    masker: Masker

    def clear(self, spec: ReportSpec, folder: str) -> None:
        """Remove reports that an earlier attempt left, so that they cannot be taken for this one's."""
        from gatekeeper.adapters.testreports.files import ReportFiles

        ReportFiles(self.run_folder, self.masker).clear(spec, folder)

    def read(self, spec: ReportSpec, folder: str, since_ns: int) -> Report | ReportProblem:
        """The report of an attempt that began at `since_ns` (wall clock); all files together, or the first problem."""
        from gatekeeper.adapters.testreports.files import ReportFiles

        return ReportFiles(self.run_folder, self.masker).read(spec, folder, since_ns)
