"""CTRF as its writers write it, and as nobody should."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gatekeeper.model.report import Totals
from tests.adapters.testreports.reading import SAMPLES, bad, passes, problem, read, sample


def made(*tests: dict[str, Any], **summary: int) -> dict[str, Any]:
    counted = {status: sum(test["status"] == status for test in tests) for status in ("passed", "failed", "other")}
    waiting = {status: sum(test["status"] == status for test in tests) for status in ("skipped", "pending")}
    return {
        "reportFormat": "CTRF",
        "results": {
            "tool": {"name": "t"},
            "summary": {"tests": len(tests), **counted, **waiting, **summary},
            "tests": list(tests),
        },
    }


def one(status: str, **more: object) -> dict[str, Any]:
    return {"name": "a", "status": status, "duration": 12, **more}


def test_jest() -> None:
    """`test.todo` is `other`, `test.skip` is `pending`; a suite that does not load is not in it at all."""
    report = sample("ctrf", "jest")
    assert report.counts == Totals(6, 1, 2, 0, 2, flaky=1)
    assert report.passed == ("basket.test.js::adds",)
    assert [(case.id, case.outcome, case.place, case.attempts) for case in report.cases] == [
        ("basket.test.js::basket fails", "failed", "basket.test.js:3", 1),
        ("basket.test.js::basket later", "skipped", "", 1),
        ("basket.test.js::basket write me", "skipped", "", 1),
        ("flaky.test.js::flaky", "flaky", "", 2),
        ("flaky.test.js::never passes", "failed", "flaky.test.js:4", 3),
    ]
    assert report.contradictions == ()
    assert report.duration_s == pytest.approx(
        sum(test["duration"] for test in json.loads((SAMPLES / "jest.ctrf.json").read_bytes())["results"]["tests"])
        / 1000
    )


def test_mocha() -> None:
    """A hook that fails is a failure of its own."""
    report = sample("ctrf", "mocha")
    assert report.counts == Totals(6, 1, 2, 0, 2, flaky=1)
    assert [(case.id, case.message) for case in bad(report)] == [
        ("m/m.js::basket fails", "AssertionError 1 == 2"),
        ('m/m.js::hooks "before all" hook for "never"', "Error no db"),
    ]


def test_pytest() -> None:
    """The name is pytest's own id, and holds the file already; what was expected to fail is told in the raw status."""
    report = sample("ctrf", "pytest")
    assert report.counts == Totals(18, 7, 4, 2, 1, xfailed=2, flaky=2)
    assert "tests/test_shop.py::TestBasket::test_method" in report.passed
    [flaky] = [case for case in report.cases if case.id == "flaky/test_flaky.py::test_flaky"]
    assert (flaky.attempts, flaky.message, flaky.place) == (2, "assert 1 > 1", "flaky/test_flaky.py:5")


@pytest.mark.parametrize(
    ("status", "raw", "outcome"),
    [
        ("failed", "timed_out", "failed"),
        ("failed", "setup_failed", "error"),
        ("other", "", "error"),
        ("other", "inconclusive", "error"),
        ("other", "todo", "skipped"),
        ("pending", "", "skipped"),
        ("skipped", "xfailed", "xfailed"),
        ("passed", "xpassed", "xpassed"),
        ("exploded", "", "error"),
    ],
)
def test_what_a_status_means(status: str, raw: str, outcome: str) -> None:
    [case] = read("ctrf", made(one(status, rawStatus=raw))).cases
    assert case.outcome == outcome


def test_a_raw_status_that_says_more_is_told() -> None:
    [case] = read("ctrf", made(one("failed", rawStatus="timed_out", message="after 5 s"))).cases
    assert case.message == "timed_out: after 5 s"


@pytest.mark.parametrize("more", [{"retries": 2}, {"flaky": True}, {"retryAttempts": [{"status": "failed"}] * 2}])
def test_a_pass_after_retries_is_flaky(more: dict[str, object]) -> None:
    """Whether the report calls it so or not."""
    [case] = read("ctrf", made(one("passed", **more))).cases
    assert (case.outcome, case.attempts) == ("flaky", 2 if "flaky" in more else 3)


@pytest.mark.parametrize(
    ("test", "found"),
    [
        (
            {"filePath": "/home/dev/shop/a.spec.ts", "suite": ["chromium", "a.spec.ts", "cart"]},
            "a.spec.ts::chromium > cart > a",
        ),
        ({"filePath": "a.test.ts", "suite": "a.test.ts > cart > deep"}, "a.test.ts::cart > deep > a"),
        ({"suite": "cart > deep"}, "cart::deep > a"),
        ({"suite": 7}, "a"),
        ({}, "a"),
    ],
)
def test_an_id_is_the_same_everywhere_and_only_once(test: dict[str, object], found: str) -> None:
    """The file below the step's folder, then the suites that the name does not hold."""
    assert read("ctrf", made(one("passed", **test))).passed == (found,)


def test_two_tests_of_one_name_do_not_hide_one_another() -> None:
    report = read("ctrf", made(one("failed", message="no"), one("passed")))
    assert report.counts == Totals(2, 1, 1, 0, 0)
    assert report.passed == ("a #2",)


@pytest.mark.parametrize(
    ("summary", "words"),
    [
        ({"failed": 1}, "failed tests: its summary counts 1, and 0 are there"),
        ({"passed": 9}, "passed tests: its summary counts 9, and 1 are there"),
        ({"other": 1}, "other tests: its summary counts 1, and 0 are there"),
        ({"skipped": 3}, "skipped and pending tests: its summary counts 3, and 0 are there"),
        ({"tests": 0}, "tests: its summary counts 0, and 1 are there"),
    ],
)
def test_a_summary_that_says_otherwise(summary: dict[str, int], words: str) -> None:
    assert read("ctrf", made(one("passed"), **summary)).contradictions == (f"r: {words}",)


def test_a_summary_that_counts_more_tests_is_only_noted() -> None:
    report = read("ctrf", made(one("passed"), tests=5))
    assert passes(report)
    assert report.notes == ("r: tests: its summary counts 5, and 1 are there",)


def test_pending_tests_may_be_counted_as_skipped() -> None:
    assert read("ctrf", made(one("pending"), skipped=1, pending=0)).contradictions == ()


def test_an_older_report_without_a_mark() -> None:
    """Before version 1 it had no `reportFormat`."""
    found = json.loads((SAMPLES / "mocha.ctrf.json").read_bytes())
    assert read("ctrf", {"results": found["results"]}).counts.total == 6


@pytest.mark.parametrize("text", ["[]", "null", '{"results": []}', '{"results": {"tests": []}}', '{"a": NaN}'])
def test_what_is_no_such_report(text: str) -> None:
    assert problem("ctrf", text) == "r is not a CTRF report: it has no results with summary and tests"


def test_values_of_any_type_are_borne() -> None:
    """Half of a character in a name would be in nobody's journal."""
    odd = {"name": "\ud800\x1b[31m\n", "status": ["failed"], "duration": "1", "retries": -5, "line": {}, "suite": [3]}
    report = read("ctrf", made(odd, {"status": "passed", "duration": 1e400, "retries": 10**40}))
    assert [case.outcome for case in report.cases] == ["error"]
    str(report).encode()
