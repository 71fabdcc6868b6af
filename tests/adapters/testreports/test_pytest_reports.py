"""pytest's own reports: the JSON of pytest-json-report and the log of pytest-reportlog tell the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gatekeeper.model.demands import ReportFormat
from gatekeeper.model.report import ReportedTest, Totals
from tests.adapters.testreports.reading import SAMPLES, bad, passes, problem, read, sample, told

BOTH: tuple[ReportFormat, ...] = ("pytest_json", "reportlog")
both = pytest.mark.parametrize("form", BOTH)


def document(name: str = "everything") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.pytest.json").read_bytes())
    return found


def log(name: str = "everything") -> list[str]:
    return (SAMPLES / f"{name}.reportlog.jsonl").read_text().splitlines(keepends=True)


@both
def test_every_outcome_that_pytest_has(form: ReportFormat) -> None:
    """Setup and teardown errors, expected failures, and a strict one that passed, which is a failure."""
    report = sample(form, "everything")
    assert report.counts == Totals(14, 5, 2, 3, 1, xfailed=2, xpassed=1)
    assert report.contradictions == ()
    assert [(case.id.rpartition("::")[2], case.outcome, case.place) for case in report.cases] == [
        ("test_fail", "failed", "tests/test_shop.py:13"),
        ("test_setup", "error", "tests/test_shop.py:18"),
        ("test_teardown", "error", "tests/test_shop.py:24"),
        ("test_both", "error", "tests/test_shop.py:36"),
        ("test_skipped", "skipped", "tests/test_shop.py:39"),
        ("test_xfail", "xfailed", report.cases[5].place),
        ("test_xfail_not_run", "xfailed", "tests/test_shop.py:49"),
        ("test_xpass", "xpassed", "tests/test_shop.py:54"),
        ("test_xpass_strict", "failed", "tests/test_shop.py:59"),
    ]
    assert [case.message for case in bad(report)] == [
        "AssertionError: the basket is wrong assert 2 == 3",
        "failed on setup: RuntimeError: no database",
        "failed on teardown: RuntimeError: cannot drop",
        "assert False",
        "[XPASS(strict)] fixed",
    ]
    assert report.passed[0] == "tests/test_shop.py::test_pass"
    assert "tests/test_shop.py::test_param[b::c]" in report.passed
    assert report.passed[-1] == "tests/test_shop.py::TestBasket::test_method"


@both
def test_what_else_a_report_tells(form: ReportFormat) -> None:
    """Warnings, the runner's exit code and how long the tests took, setup and teardown included."""
    report = sample(form, "everything")
    assert (report.warnings, report.exit_status) == (1, 1)
    assert report.duration_s is not None
    assert 0.001 < report.duration_s < 1
    assert sample(form, "reruns").warnings == 0


@both
@pytest.mark.parametrize(("name", "code"), [("collection-error", 2), ("collection-error-xdist", 1)])
def test_a_module_that_cannot_be_imported(form: ReportFormat, name: str, code: int) -> None:
    """It was not collected, whatever the exit code is, and whatever else passed."""
    report = sample(form, name)
    assert bad(report) == [
        ReportedTest(
            "broken/test_broken.py",
            "error",
            "collection failed: ModuleNotFoundError: No module named 'nothing_here'",
            "broken/test_broken.py:1",
            collected=False,
        )
    ]
    assert report.exit_status == code


@both
def test_a_test_that_passed_when_it_ran_again_is_flaky(form: ReportFormat) -> None:
    report = sample(form, "reruns")
    assert report.counts == Totals(4, 1, 1, 0, 0, flaky=2)
    assert {case.id.rpartition("::")[2]: (case.outcome, case.attempts) for case in report.cases} == {
        "test_flaky": ("flaky", 2),
        "test_setup_flaky": ("flaky", 2),
        # The JSON does not tell how often a test ran that never passed.
        "test_never": ("failed", 2 if form == "reportlog" else 1),
    }


def test_the_log_tells_why_a_flaky_test_failed_before() -> None:
    flaky = sample("reportlog", "reruns").cases[0]
    assert (flaky.message, flaky.place) == ("assert 1 > 1", "flaky/test_flaky.py:5")


@both
def test_a_session_that_a_test_ended_with_exit_code_0(form: ReportFormat) -> None:
    """`pytest.exit(returncode=0)` inside a test: that test never ended, and those after it never ran."""
    report = sample(form, "exited")
    assert report.exit_status == 0
    assert [case.id for case in bad(report)] == ["exits/test_exits.py::test_two"]
    assert "test_two" in report.contradictions[0]


@both
def test_a_worker_that_died(form: ReportFormat) -> None:
    """xdist tells which test it died in."""
    report = sample(form, "worker-crash")
    assert [(case.id, case.outcome, case.message) for case in bad(report)] == [
        (
            "crash/test_crash.py::test_two",
            "failed",
            "worker 'gw1' crashed while running 'crash/test_crash.py::test_two'",
        )
    ]
    assert report.counts.passed == 2


@both
def test_a_failing_subtest(form: ReportFormat) -> None:
    assert [case.id for case in bad(sample(form, "subtests"))] == ["sub/test_sub.py::test_subs"]


def test_a_failing_subtest_in_a_test_that_is_called_passed() -> None:
    """As older versions of pytest-subtests write it."""
    report = read(
        "reportlog",
        "".join(log("subtests")).replace(
            '"outcome": "failed", "longrepr": "contains', '"outcome": "passed", "longrepr": "contains'
        ),
    )
    assert [(case.id, case.message) for case in bad(report)] == [("sub/test_sub.py::test_subs", "assert 1 != 1")]


@both
def test_tests_that_were_only_collected(form: ReportFormat) -> None:
    """Exit code 0, and not one test."""
    report = sample(form, "only-collected")
    assert (report.counts.total, report.exit_status) == (0, 0)


@both
def test_deselected_tests_are_not_missed(form: ReportFormat) -> None:
    report = sample(form, "deselected")
    assert report.counts == Totals(3, 3, 0, 0, 0)
    assert passes(report)


@both
def test_a_module_that_skips_itself_is_skipped(form: ReportFormat) -> None:
    """Its tests are not collected, and nobody should overlook that."""
    if form == "pytest_json":
        found = document()
        found["collectors"].append(
            {
                "nodeid": "tests/test_win.py",
                "outcome": "skipped",
                "longrepr": "('/home/dev/shop/tests/test_win.py', 3, 'Skipped: needs Windows')",
            }
        )
        report = read(form, found)
    else:
        lines = log()
        entry = {"$report_type": "CollectReport", "nodeid": "tests/test_win.py", "outcome": "skipped"}
        entry |= {"longrepr": ["/home/dev/shop/tests/test_win.py", 3, "Skipped: needs Windows"]}  # type: ignore[dict-item]
        lines.insert(1, json.dumps(entry) + "\n")
        report = read(form, "".join(lines))
    assert ("tests/test_win.py", "skipped", "needs Windows", "tests/test_win.py:3") in told(report)


def test_fewer_tests_than_collected() -> None:
    """`-x` and a crash look alike."""
    assert sample("pytest_json", "stopped").contradictions == (
        "r: tests: 14 were to run, and 2 did: pytest stopped or crashed",
    )


@pytest.mark.parametrize(
    ("outcome", "count", "words"),
    [
        ("failed", 0, "failed tests: its summary counts 0, and 2 are there"),
        ("passed", 9, "passed tests: its summary counts 9, and 5 are there"),
        ("total", 99, "tests: its summary counts 99, and 14 are there"),
    ],
)
def test_a_summary_that_says_otherwise(outcome: str, count: int, words: str) -> None:
    found = document()
    found["summary"][outcome] = count
    assert words in read("pytest_json", found).contradictions[0]


def test_a_failure_that_was_edited_away() -> None:
    """The outcome says passed, the phase does not."""
    found = document()
    found["tests"][1]["outcome"] = "passed"
    found["summary"] |= {"failed": 1, "passed": 6}
    report = read("pytest_json", found)
    assert report.contradictions == ("r: tests/test_shop.py::test_fail is called passed, but its call failed",)
    assert "tests/test_shop.py::test_fail" in [case.id for case in bad(report)]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "exit code 1 (tests failed, or a plugin was not content), but no test of it failed"),
        (3, "exit code 3 (an internal error), but no test of it failed"),
    ],
)
def test_an_exit_code_that_nothing_explains(code: int, words: str) -> None:
    found = document("deselected")
    found["exitcode"] = code
    assert read("pytest_json", found).contradictions == (f"r: says that pytest ended with {words}",)
    lines = [line.replace('"exitstatus": 0', f'"exitstatus": {code}') for line in log("deselected")]
    assert read("reportlog", "".join(lines)).contradictions == (f"r: says that pytest ended with {words}",)


def test_an_exit_code_that_is_missing() -> None:
    found = document("deselected")
    found["exitcode"] = None
    assert read("pytest_json", found).contradictions == ("r: does not say with what exit code pytest ended",)
    lines = [line.replace('"exitstatus": 0, ', "") for line in log("deselected")]
    assert read("reportlog", "".join(lines)).contradictions == ("r: does not say with what exit code pytest ended",)


@both
def test_failures_with_exit_code_0(form: ReportFormat) -> None:
    if form == "pytest_json":
        found = document()
        found["exitcode"] = 0
        report = read(form, found)
    else:
        report = read(form, "".join(log()).replace('"exitstatus": 1', '"exitstatus": 0'))
    assert report.contradictions == ("r: says that pytest ended with exit code 0, but 5 of its tests did not pass",)


def test_a_log_without_an_end() -> None:
    """A test called `os._exit(0)`: exit code 0, and everything that was written passed."""
    report = sample("reportlog", "crashed")
    assert report.contradictions == (
        "r: tests that began and never ended: crash/test_crash.py::test_two",
        "r: it has no end: pytest crashed or was killed before it was done",
    )


def test_setup_without_call_is_no_pass() -> None:
    """As `--setup-only` leaves it."""
    lines = [line for line in log("deselected") if '"when": "call"' not in line]
    report = read("reportlog", "".join(lines))
    assert len(bad(report)) == 3
    assert "was never called" in report.contradictions[0]
    found = document("deselected")
    for test in found["tests"]:
        del test["call"]
    assert len(bad(read("pytest_json", found))) == 3


def test_a_test_that_fails_on_one_worker_of_each_failed() -> None:
    """`--dist each` runs every test everywhere; the last one must not make up for it."""
    lines = log("deselected")
    tests = [line for line in lines if "TestReport" in line]
    on = [[line.replace('"nodeid"', f'"worker_id": "gw{worker}", "nodeid"', 1) for line in tests] for worker in (0, 1)]
    on[0] = [line.replace('"outcome": "passed"', '"outcome": "failed"') if '"call"' in line else line for line in on[0]]
    mixed = [line for pair in zip(*on, strict=True) for line in pair]
    report = read("reportlog", "".join((*lines[:5], *mixed, lines[-1].replace(": 0", ": 1"))))
    assert report.counts == Totals(3, 0, 3, 0, 0)


def test_what_is_no_such_report() -> None:
    """The problem says what to do."""
    found = document()
    del found["tests"]
    assert problem("pytest_json", json.dumps(found)) == (
        "r holds a summary and no tests; leave `--json-report-summary` and omitting off"
    )
    assert problem("pytest_json", "[]") == "r is not a report of pytest-json-report: it lacks its keys"
    assert problem("pytest_json", json.dumps(document())[:-9]).startswith("r is cut short or not JSON: ")
    assert problem("pytest_json", "[" * 100_000).startswith("r is cut short or not JSON: nested too deep")
    assert problem("reportlog", "".join(log())[:-9]) == "r is cut short or no log of pytest-reportlog, see line 46"
    assert problem("reportlog", "hello\n") == "r is cut short or no log of pytest-reportlog, see line 1"
