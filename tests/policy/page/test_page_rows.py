"""The report page: the table of tests."""

from __future__ import annotations

from gatekeeper.model.baseline import Comparison
from gatekeeper.model.report import Report, ReportedTest, Totals
from gatekeeper.policy.page import rows
from gatekeeper.policy.page.rows import Row, rows_of, table_of

REPORT = Report(
    Totals(7, 3, 2, 0, 1, flaky=1),
    (
        ReportedTest("old", "failed", "boom", "a.py:3", duration_s=0.5),
        ReportedTest("fresh", "failed"),
        ReportedTest("shaky", "flaky", attempts=2),
        ReportedTest("idle", "skipped", "needs a network"),
    ),
    (),
    passed=("quick", "slow", "added"),
    slowest=(("slow", 2.0), ("quick", 0.1)),
)
BESIDE = Comparison(new_failures=("fresh",), still_failing=("old",), lost=("gone",), added=("added",))


def test_the_worst_comes_first_and_is_marked() -> None:
    table = table_of(rows_of("a/b", REPORT, BESIDE))
    assert [(row.id, row.outcome) for row in table.rows] == [
        ("fresh", "failed"),
        ("old", "failed"),
        ("gone", "lost"),
        ("shaky", "flaky"),
        ("idle", "skipped"),
        ("added", "passed"),
        ("slow", "passed"),
        ("quick", "passed"),
    ]
    marks = {row.id: row.marks for row in table.rows}
    assert marks["fresh"] == ("failing", "new")
    assert marks["gone"] == ("lost",)
    assert marks["shaky"] == ("flaky",)
    assert marks["added"] == ("new",)
    assert marks["idle"] == ("skipped",)
    assert "slow" in marks["slow"]


def test_without_a_report_the_comparison_still_tells_of_failures() -> None:
    assert [(row.id, row.marks) for row in rows_of("a/b", None, BESIDE)] == [
        ("gone", ("lost",)),
        ("fresh", ("failing", "new")),
        ("old", ("failing",)),
    ]
    assert rows_of("a/b", None, None) == ()


def test_only_so_many_are_the_slowest() -> None:
    every = [Row("a/b", f"t{number}", "passed", duration_s=float(number)) for number in range(200)]
    marked = [row.id for row in table_of(every).rows if "slow" in row.marks]
    assert len(marked) == rows.SLOWEST
    assert marked[0] == "t199"


def test_too_many_rows_lose_those_that_passed() -> None:
    every = [*(Row("a/b", f"t{number}", "passed") for number in range(rows.ROWS)), Row("a/b", "bad", "failed")]
    table = table_of(every)
    assert table.left_out == 1
    assert table.rows[0].id == "bad"
