"""Owns the reports as one thing that can be handed to whoever runs steps. Imports nothing until there is a report."""

from __future__ import annotations

from threading import Lock

from gatekeeper.model.demands import ReportSpec
from gatekeeper.model.report import Report, ReportProblem
from gatekeeper.policy.masking import Masker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gatekeeper.adapters.testreports.files import ReportFiles


def _nothing_is(_folder: str, _names: Sequence[str]) -> frozenset[str]:
    return frozenset()


class ReportReader:
    """Clears, finds, keeps and reads the reports of one run's steps; copies go to ``reports/`` in `run_folder`.

    It remembers what it has seen in a run. `tracked` tells which of some names in a folder are under version control:
    those are never removed.
    """

    def __init__(
        self,
        run_folder: str,
        masker: Masker,
        tracked: Callable[[str, Sequence[str]], frozenset[str]] = _nothing_is,
    ) -> None:
        self.run_folder = run_folder
        self._masker = masker
        self._tracked = tracked
        self._lock = Lock()
        self._files: ReportFiles | None = None

    def clear(self, spec: ReportSpec, folder: str) -> None:
        """Remove reports that an earlier attempt left, so that they cannot be taken for this one's."""
        self._reports().clear(spec, folder)

    def read(self, spec: ReportSpec, folder: str, since_ns: int) -> Report | ReportProblem:
        """The report of an attempt that began at `since_ns` (wall clock); all files together, or the first problem."""
        return self._reports().read(spec, folder, since_ns)

    def _reports(self) -> ReportFiles:
        from gatekeeper.adapters.testreports.files import ReportFiles
        from gatekeeper.adapters.testreports.seen import Seen

        with self._lock:  # steps that run side by side read in threads
            if self._files is None:
                self._files = ReportFiles(self.run_folder, self._masker, Seen(), self._tracked)
            return self._files
