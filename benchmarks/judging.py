"""What evidence costs: judging a run of 20,000 tests beside their baseline, and comparing the start with a base ref.

Judging is all that comes after the step: its report is read, the baseline's file is read, and both are judged. It is
measured in a fresh process, as the time from before the first import that it needs, and the whole process's peak of
memory; so is junitparser, which only reads the same report. Linux tells the peak of a process itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.measure import GATEKEEPER, TRUE, memory, project, rounds, spread, wall_ms
from benchmarks.reports import written
from gatekeeper.adapters.baselines.writing import baseline_text
from gatekeeper.adapters.testreports.junit import read_junit
from gatekeeper.model.baseline import Baseline, RecordedBaseline
from gatekeeper.model.report import Report, TestOutcome

_TESTS, _PRINTED, _ROUNDS = 20_000, 60, 7
_FILES, _RUNS = 2_000, 11
_STEP = ("shop", "unit/tests")
_OURS = """
from gatekeeper.adapters.baselines.parsing import parse_baseline
from gatekeeper.adapters.testreports.junit import read_junit
from gatekeeper.model.baseline import Standard
from gatekeeper.model.demands import BaselineSpec, ReportSpec
from gatekeeper.model.outcome import Attempt, Exited
from gatekeeper.model.plan import Shell, Step
from gatekeeper.policy.judge import judge
with open(sys.argv[1], "rb") as file:
    report = read_junit(file, sys.argv[1])
with open(sys.argv[2], "rb") as file:
    recorded = parse_baseline(file.read(), sys.argv[2], cycle="shop", step="unit/tests")
step = Step("unit", "tests", Shell("true"), 60.0, report=ReportSpec("junit", ("r.xml",)), baseline=BaselineSpec())
result = judge(step, Attempt(Exited(1), 1.0, report=report), standard=Standard(recorded.baseline, today="2026-11-27"))
total, said = report.counts.total, [str(result.verdict), dict(result.comparison.counts)]
"""
_THEIRS = """
from junitparser import JUnitXml
cases = [case for suite in JUnitXml.fromfile(sys.argv[1]) for case in suite]
total, said = len(cases), []
"""
_BEFORE = """
import json, sys, time
began = time.perf_counter()
"""
_AFTER = """
milliseconds = (time.perf_counter() - began) * 1e3
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
print(json.dumps({"ms": milliseconds, "mib": peak / 1024, "total": total, "said": said}))
"""


def same(test: str) -> str:
    """The baseline knows it by the same name."""
    return test


def moved(test: str) -> str:
    """The baseline knows it by the name that it had in another file."""
    return test.replace("tests.area_", "tests.old_area_")


def outcomes(path: Path) -> dict[str, TestOutcome]:
    """What the tests of a report came to."""
    with path.open("rb") as file:
        report = read_junit(file, str(path))
    if not isinstance(report, Report):
        raise SystemExit(f"benchmark: {report.message}")
    return {**dict.fromkeys(report.passed, "passed"), **{case.id: case.outcome for case in report.cases}}


def record(path: Path, tests: dict[str, TestOutcome], named: Callable[[str], str]) -> None:
    """A baseline of these tests under the names that they had then."""
    baseline = Baseline(str(path), "", {named(test): outcome for test, outcome in tests.items()})
    path.write_bytes(baseline_text(RecordedBaseline(*_STEP, baseline)))


def fresh(script: str, arguments: list[str], peaks: list[float], wanted: list[object]) -> float:
    """Milliseconds of one process that does `script` on a report of all tests, and must say what is `wanted`."""
    command = [sys.executable, "-c", _BEFORE + script + _AFTER, *arguments]
    seen = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    if (seen["total"], seen["said"]) != (_TESTS, wanted):
        raise SystemExit(f"benchmark: {seen['total']} tests, and it said {seen['said']}")
    peaks.append(seen["mib"])
    return float(seen["ms"])


def judging(folder: Path) -> None:
    """Print what reading and judging takes, in time and in memory, beside junitparser's reading."""
    report = folder / "report.xml"
    written(report, _TESTS, _PRINTED)
    tests, failing = outcomes(report), _TESTS // 1000
    subjects: dict[str, Callable[[], float]] = {}
    peaks: dict[str, list[float]] = {}
    for name, named, counts in (
        ("gatekeeper: read, compare, judge", same, {"still_failing": failing}),
        ("gatekeeper, every test in another file", moved, {"renamed": _TESTS}),
    ):
        baseline = folder / f"{len(subjects)}.json"
        record(baseline, tests, named)
        peaks[name] = []
        subjects[name] = partial(fresh, _OURS, [str(report), str(baseline)], peaks[name], ["passed", counts])
    peaks["junitparser: read"] = []
    subjects["junitparser: read"] = partial(fresh, _THEIRS, [str(report)], peaks["junitparser: read"], [])
    figures = rounds(subjects, _ROUNDS, warm_up=1)
    title = f"A run of {_TESTS:,} tests, baseline of the same size, imports included"
    spread(f"{title} (at most 1,500 ms)", figures, "ms", "junitparser: read")
    spread("Peak memory of the whole process (at most 150 MiB)", peaks, "MiB", "junitparser: read")


def definition(base: str) -> str:
    """A cycle of one step that does nothing, compared with `base` unless that is empty."""
    integrity = f"integrity: {{base: {base}}}\n" if base else ""
    return f"gatekeeper: 1\ncycle: bench\n{integrity}gates:\n  g:\n    steps:\n      s: {{run: ['{TRUE}']}}\n"


def grow(root: Path) -> None:
    """Many committed files, one in ten a test; a branch on which a test and a source differ from `main`."""
    for number in range(_FILES):
        folder = root / ("tests" if number % 10 == 0 else "shop") / f"part_{number // 100}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"test_{number}.py").write_text(f"def test_it() -> None:\n    assert {number} == {number}\n")
    git = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.test", "-C", str(root))
    for command in ("add -A", "commit -qm files", "branch -M main", "checkout -qb work"):
        subprocess.run([*git, *command.split()], check=True)
    for changed in ("tests/part_0/test_0.py", "shop/part_0/test_1.py"):
        (root / changed).write_text("def test_it() -> None:\n    assert 1 + 1 == 2\n    assert 2 + 2 == 4\n")
    subprocess.run([*git, "commit", "-qam", "work"], check=True)


def comparing() -> None:
    """Print what a run of a step that does nothing takes, with and without a base that its start is compared with."""
    with project(definition(""), within=memory()) as alone, project(definition("main"), within=memory()) as compared:
        for root in (alone, compared):
            grow(root)
        command = [*GATEKEEPER, "run", "bench"]
        subjects = {
            "without a base": partial(wall_ms, command, alone),
            "integrity: {base: main}": partial(wall_ms, command, compared),
        }
        figures = rounds(subjects, _RUNS)
    spread(f"A whole run of one `true`, {_FILES:,} files", figures, "ms", "without a base")


def main() -> None:
    """Print all tables."""
    with tempfile.TemporaryDirectory(prefix="gatekeeper-bench-", dir=memory()) as folder:
        judging(Path(folder))
    comparing()


if __name__ == "__main__":
    main()
