"""Owns reading the kept copies of a step's report once more. Knows no step; whose digests hold is told elsewhere."""

from __future__ import annotations

import os

from gatekeeper.adapters.testreports.formats import FORMATS
from gatekeeper.adapters.testreports.gathering import together
from gatekeeper.model.demands import ReportFormat
from gatekeeper.model.outcome import Artifact
from gatekeeper.model.report import Report, ReportProblem


def read_kept(form: str, run_folder: str, copies: tuple[Artifact, ...], folder: str) -> Report | ReportProblem:
    """The report that `copies` in a run's folder hold together, in the format `form`; or the first problem.

    `folder` is the one that the step ran in: ids never name what lies above it.
    """
    known: dict[str, ReportFormat] = {name: name for name in FORMATS}
    if form not in known:
        return ReportProblem("unreadable", f"this version knows no report format {form!r}")
    read = FORMATS[known[form]]().read
    reports: list[Report] = []
    for copy in copies:
        with open(os.path.join(run_folder, copy.kept), "rb") as file:
            match read(file, copy.path, os.path.realpath(folder)):
                case Report() as report:
                    reports.append(report)
                case problem:
                    return problem
    return together(reports)
