"""Owns reading the tests of a past run's steps once more, only from copies that are what the run had kept.

They were masked when they were copied; what is a secret here and now is hidden once more.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from gatekeeper.adapters.evidence.checking import check_files
from gatekeeper.cli.kept_reports import read_again
from gatekeeper.cli.look_back import PastRun
from gatekeeper.model.events import StepFinished
from gatekeeper.model.report import Report, ReportProblem
from gatekeeper.model.verification import NamedFile, Proof
from gatekeeper.policy.export_steps import StepTold
from gatekeeper.policy.masking import Masker


class KeptTests:
    """The reports of one run; `doubt` is told, in words, of each that cannot be read again."""

    def __init__(self, past: PastRun, masker: Masker, doubt: Callable[[str], None]) -> None:
        self._past = past
        self._masker = masker
        self._doubt = doubt

    def of(self, told: StepTold) -> Report | None:
        """The tests of a step; None where it has none, or where they cannot be believed."""
        if told.tested is None:
            return None
        match self._read(told, told.tested):
            case Report() as report:
                return self._masked(report) if self._masker else report
            case ReportProblem(message=message):
                self._doubt(f"the tests of {told.step} are left out, it is told as one case: {message}")
                return None

    def _read(self, told: StepTold, event: StepFinished) -> Report | ReportProblem:
        named = (NamedFile(copy.kept, copy.digest, 0) for copy in event.reports)
        for check in check_files(self._past.folder.path, named):
            if check.proof is not Proof.OK:
                return ReportProblem("unreadable", f"the kept report {check.place}: {check.message}")
        begun = self._past.record.begun.get(told.step)
        folder = os.path.join(self._past.started.root, begun.cwd if begun is not None else "")
        return read_again(self._past.folder.path, event, folder)

    def _masked(self, report: Report) -> Report:
        mask = self._masker.mask
        cases = tuple(
            case._replace(id=mask(case.id), message=mask(case.message, cut=True), place=mask(case.place))
            for case in report.cases
        )
        return report._replace(cases=cases, passed=tuple(map(mask, report.passed)))
