"""Our reading beside that of junitparser, a well-kept reader that knows nothing of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import junitparser
import pytest

from gatekeeper.adapters.testreports.junit import read_junit
from gatekeeper.model.report import Report

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.xml"))
# How many cases and failing cases it sees beyond the tests and failing tests that we see, where that differs: it takes
# each attempt for a test, and knows nothing of what a writer means.
BEYOND = {
    "pytest-xunit1": (1, 1),  # a failure, and an error in the teardown of the same test
    "pytest-xunit2": (1, 1),
    "pytest-rerunfailures": (14, 1),  # attempts that look passed
    "pytest-xdist-each": (3, 2),  # everything twice
    "jest": (1, 1),  # a suite that does not load, as an error and as a failure
    "gotestsum-rerun": (7, 7),
    "node": (0, 1),  # a failure of what is still to do
    "node-26": (0, 1),
    "ctest": (0, -1),  # a program that is not there, written as skipped
}


def cases_of(path: Path) -> list[junitparser.TestCase]:
    root: Any = junitparser.JUnitXml.fromfile(str(path))  # for a bare suite it is a suite, whatever its types say
    if isinstance(root, junitparser.TestSuite):
        return list(root)
    # It does not look for cases that stand beside suites.
    return [case for suite in root for case in suite] + list(root.iterchildren(junitparser.TestCase))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_no_case_and_no_failure_is_overlooked(path: Path) -> None:
    """As many tests, and as many failing ones, save where the reason is known."""
    with path.open("rb") as file:
        report = read_junit(file, path.name)
    assert isinstance(report, Report)
    theirs = cases_of(path)
    failing = [case for case in theirs if {type(result).__name__ for result in case.result} & {"Failure", "Error"}]
    more_cases, more_failing = BEYOND.get(path.stem, (0, 0))
    assert len(theirs) == report.counts.total + more_cases
    assert len(failing) == report.counts.failed + report.counts.errors + more_failing
