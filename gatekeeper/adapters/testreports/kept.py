"""Owns reading the kept copies of a step's report once more. Knows no step; whose digests hold is told elsewhere."""

from __future__ import annotations

import os

from gatekeeper.adapters.testreports.files import FORMATS, _together
from gatekeeper.model.outcome import Artifact
from gatekeeper.model.report import Report, ReportProblem


def read_kept(form: str, run_folder: str, copies: tuple[Artifact, ...]) -> Report | ReportProblem:
    """The report that `copies` in a run's folder hold together, in the format `form`; or the first problem."""
    if form not in FORMATS:
        return ReportProblem("unreadable", f"this version knows no report format {form!r}")
    read = FORMATS[form]().read
    reports: list[Report] = []
    for copy in copies:
        with open(os.path.join(run_folder, copy.kept), "rb") as file:
            match read(file, copy.path):
                case Report() as report:
                    reports.append(report)
                case problem:
                    return problem
    return _together(reports)
