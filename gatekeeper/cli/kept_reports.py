"""Owns reading a step's tests once more, from the copies that its run kept. Judges nothing, and knows no digest."""

from __future__ import annotations

from gatekeeper.adapters.evidence.opening import Refused, open_inside
from gatekeeper.adapters.testreports.kept import read_kept
from gatekeeper.model.events import StepFinished
from gatekeeper.model.report import Report, ReportProblem


def read_again(run_folder: str, event: StepFinished, folder: str = "") -> Report | ReportProblem:
    """The report that an attempt was judged by; a problem of the kind ``missing`` where a copy of it is not there.

    `folder` is the one that the step ran in: without it ids may name what lies above it.
    """
    opened = [(open_inside(run_folder, copy.kept), copy.path) for copy in event.reports]
    files = [(descriptor, name) for descriptor, name in opened if not isinstance(descriptor, Refused)]
    report = read_kept(event.report_format, files, folder)
    return report if len(files) == len(opened) else ReportProblem("missing", "its report is not all there any more")
