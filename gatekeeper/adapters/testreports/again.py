"""Owns reading the kept copies of a step's report once more. Knows no step, no run and no folder."""

from __future__ import annotations

import os
from collections.abc import Iterable

from gatekeeper.adapters.testreports.formats import FORMATS
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Report, ReportProblem, Totals


class ReadAgain(NamedTuple):
    """What the copies say: their tests counted, and where they contradict themselves; or the `problem` with them."""

    counts: Totals = Totals(0, 0, 0, 0, 0)
    contradictions: tuple[str, ...] = ()
    problem: str = ""


def read_again(form: str, descriptors: Iterable[tuple[int, str]]) -> ReadAgain:
    """Read open files, each with its name, as reports of the format `form`, and count. Closes them."""
    reports: list[Report] = []
    read = next((make().read for name, make in FORMATS.items() if name == form), None)
    problem = "" if read is not None else f"this version knows no report format {form!r}"
    for descriptor, name in descriptors:
        with os.fdopen(descriptor, "rb") as file:
            # Ids depend on the step's folder, counts do not.
            match ReportProblem("unreadable", problem) if read is None or problem else read(file, name, ""):
                case Report() as report:
                    reports.append(report)
                case ReportProblem(message=message):
                    problem = problem or message
    if problem:
        return ReadAgain(problem=problem)
    counts = Totals(*map(sum, zip(Totals(0, 0, 0, 0, 0), *(report.counts for report in reports), strict=True)))
    return ReadAgain(counts, tuple(text for report in reports for text in report.contradictions))
