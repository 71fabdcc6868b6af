"""Reading JUnit reports: time and memory beside junitparser, on the same file, turn by turn, each in a fresh process.

The time is that of reading alone, the memory what it adds to an interpreter that has imported its reader. Linux tells
the peak of a process itself, so this runs there.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import memory, rounds, spread

_OURS = """\
from gatekeeper.adapters.testreports.junit import read_junit
def read(path):
    with open(path, "rb") as file:
        report = read_junit(file, path)
    return report, report.counts.total, report.counts.failed
"""
_THEIRS = """\
from junitparser import JUnitXml
def read(path):
    report = JUnitXml.fromfile(path)
    cases = [case for suite in report for case in suite]
    return report, len(cases), sum(bool(case.result) for case in cases)
"""
_MEASURED = """
import json, sys, time
def peak():  # of this program alone: what getrusage tells is also that of whoever started it
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
before, began = peak(), time.perf_counter()
kept, total, failed = read(sys.argv[1])
milliseconds = (time.perf_counter() - began) * 1e3
print(json.dumps({"ms": milliseconds, "mib": (peak() - before) / 1024, "total": total, "failed": failed}))
"""
_READERS = {"gatekeeper": _OURS + _MEASURED, "junitparser": _THEIRS + _MEASURED}
_SIZES = ((20_000, 60, 7), (500_000, 300, 1))
"""Tests, bytes that each of them printed, rounds."""


def written(path: Path, tests: int, printed: int) -> None:
    """A report as pytest writes it: one failure in a thousand, the rest passed and printed something."""
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" ')
        file.write(f'errors="0" failures="{tests // 1000}" skipped="0" tests="{tests}" time="{tests / 1000}">')
        for number in range(tests):
            home = f"tests.area_{number // 5000}.test_module_{number // 50}.TestThing"
            file.write(f'<testcase classname="{home}" name="test_it[{number}]" time="0.001">')
            file.write(
                f'<failure message="assert {number} == 0">tests/test_module.py:{number}: AssertionError</failure>'
                if number % 1000 == 0
                else f"<system-out>{'.' * printed}</system-out>"
            )
            file.write("</testcase>\n")
        file.write("</testsuite></testsuites>\n")


def _reading(name: str, path: Path, tests: int, added: dict[str, float]) -> Callable[[], float]:
    def once() -> float:
        command = [sys.executable, "-c", _READERS[name], str(path)]
        seen = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        if (seen["total"], seen["failed"]) != (tests, tests // 1000):
            raise SystemExit(f"benchmark: {name} read {seen['total']} tests, {seen['failed']} failed")
        added[name] = max(added.get(name, 0.0), seen["mib"])
        return float(seen["ms"])

    return once


def main() -> None:
    """Print a table of times and one of memory for each size."""
    with tempfile.TemporaryDirectory(prefix="gatekeeper-bench-", dir=memory()) as folder:
        for tests, printed, runs in _SIZES:
            path = Path(folder, "report.xml")
            written(path, tests, printed)
            added: dict[str, float] = {}
            subjects = {name: _reading(name, path, tests, added) for name in _READERS}
            size = f"{tests:,} tests, {path.stat().st_size / (1 << 20):.1f} MiB"
            figures = rounds(subjects, runs, warm_up=min(1, runs - 1))
            spread(f"Reading a JUnit report of {size}", figures, "ms", "gatekeeper")
            spread("Memory that this adds", {name: [most] for name, most in added.items()}, "MiB")


if __name__ == "__main__":
    main()
