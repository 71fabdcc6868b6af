"""A report of two hundred megabytes, read in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.reports import written

READING = """
import json, sys
from gatekeeper.adapters.testreports.junit import read_junit
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
before = peak()
with open(sys.argv[1], "rb") as file:
    report = read_junit(file, "r.xml")
print(json.dumps([(peak() - before) / 1024, *report.counts[:3], len(report.passed)]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of a process itself")
def test_half_a_million_tests_in_flat_memory(tmp_path: Path) -> None:
    """Under 150 MiB over the interpreter, with the ids of all that passed; how fast is told by `benchmarks.reports`."""
    path = tmp_path / "report.xml"
    written(path, 500_000, 300)
    assert path.stat().st_size > 200 << 20
    read = subprocess.run([sys.executable, "-c", READING, str(path)], capture_output=True, check=True, timeout=120)
    mebibytes, *counts, passed = json.loads(read.stdout)
    assert counts == [500_000, 499_500, 500]
    assert passed == 499_500
    assert mebibytes < 150
