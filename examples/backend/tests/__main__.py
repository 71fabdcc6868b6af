"""Runs the tests, all or those that are named, and writes reports/junit.xml."""

from __future__ import annotations

import sys
import time
import unittest
from collections.abc import Iterator
from pathlib import Path

from .junit import case_of, run, write

TESTS = Path(__file__).resolve().parent
REPORT = TESTS.parent / "reports" / "junit.xml"


def main(wanted: list[str]) -> int:
    """Run; 0 if there were tests and all passed, 1 if one did not, 2 if a name is nobody's, 5 without any test."""
    REPORT.unlink(missing_ok=True)  # a run that dies must not leave the report of the one before it
    tests = list(_flat(unittest.defaultTestLoader.discover(str(TESTS), top_level_dir=str(TESTS.parent))))
    unknown = [name for name in wanted if not any(name in _names(test) for test in tests)]
    if unknown:
        print(f"tests: there is no {', '.join(unknown)}", file=sys.stderr)
        return 2
    chosen = [test for test in tests if not wanted or _names(test) & set(wanted)]
    began = time.perf_counter()
    result = run(chosen)
    write(result.cases, time.perf_counter() - began, "calorie-backend", REPORT)
    print(f"{len(result.cases)} tests, report in {REPORT}", flush=True)
    if not result.cases:
        return 5
    return 0 if result.wasSuccessful() else 1


def _flat(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _flat(test)
        else:
            yield test


def _names(test: unittest.TestCase) -> set[str]:
    """All names by which a test can be chosen: from its file down to itself, as unittest or a report writes it."""
    case = case_of(test)
    module, _, cls = case.classname.rpartition(".")
    return {
        case.file,
        module,
        case.classname,
        f"{case.classname}.{case.name}",
        f"{case.classname}::{case.name}",
        f"{case.file}::{case.name}",
        f"{case.file}::{cls}::{case.name}",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
