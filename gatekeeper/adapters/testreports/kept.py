"""Owns reading the kept copies of a report once more. Knows no step and no run; digests are checked elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable

from gatekeeper.adapters.testreports.formats import FORMATS
from gatekeeper.adapters.testreports.gathering import together
from gatekeeper.model.report import Report, ReportProblem


def read_kept(form: str, copies: Iterable[tuple[int, str]], folder: str = "") -> Report | ReportProblem:
    """The report that open files, each with its name, hold together in the format `form`; or the first problem.

    Closes them all. `folder` is the one that the step ran in: without it ids may name what lies above it.
    """
    read = next((make().read for name, make in FORMATS.items() if name == form), None)
    problem = None if read is not None else ReportProblem("unreadable", f"this version knows no format {form!r}")
    reports: list[Report] = []
    for descriptor, name in copies:
        with os.fdopen(descriptor, "rb") as file:
            if read is None or problem is not None:
                continue
            match read(file, name, os.path.realpath(folder) if folder else ""):
                case Report() as report:
                    reports.append(report)
                case refused:
                    problem = refused
    return problem or together(reports)
