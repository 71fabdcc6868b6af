"""What real tools wrote into their JUnit reports, read as they meant it. How each was made: samples/README-junit.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.adapters.testreports.junit import read_junit
from gatekeeper.model.report import Report, ReportedTest, TestOutcome, Totals

SAMPLES = Path(__file__).parent / "samples"
COUNTS = {
    "pytest-xunit1": Totals(13, 4, 2, 4, 2, xfailed=1),
    "pytest-xunit2": Totals(13, 4, 2, 4, 2, xfailed=1),
    "pytest-rerunfailures": Totals(15, 5, 3, 3, 2, xfailed=1, flaky=1),
    "pytest-subtests": Totals(2, 1, 1, 0, 0),
    "pytest-xdist-each": Totals(3, 0, 2, 0, 0, flaky=1),
    "pytest-xdist-crash": Totals(3, 2, 0, 1, 0),
    "pytest-6": Totals(4, 2, 1, 1, 0),
    "jest": Totals(12, 7, 3, 1, 1),
    "mocha": Totals(6, 3, 3, 0, 0),
    "mocha-xunit": Totals(8, 3, 3, 0, 2),
    "node": Totals(8, 3, 2, 1, 1, xfailed=1),
    "node-hooks": Totals(6, 0, 5, 0, 1),
    "node-26": Totals(14, 3, 7, 1, 2, xfailed=1),
    "vitest": Totals(14, 7, 3, 1, 3),
    "surefire": Totals(12, 4, 3, 1, 2, flaky=2),
    "surefire-class": Totals(1, 0, 0, 1, 0),
    "gradle": Totals(7, 3, 3, 0, 1),
    "gradle-merged": Totals(2, 0, 0, 1, 0, flaky=1),
    "gotestsum": Totals(11, 4, 5, 1, 1),
    "gotestsum-build": Totals(2, 1, 1, 0, 0),
    "gotestsum-rerun": Totals(8, 3, 3, 0, 1, flaky=1),
    "nextest": Totals(5, 1, 2, 1, 0, flaky=1),
    "bats": Totals(5, 2, 1, 0, 2),
    "bats-report": Totals(7, 2, 1, 2, 2),
    "ctest": Totals(10, 2, 5, 1, 2),
    "phpunit": Totals(12, 3, 2, 4, 3),
    "phpunit-provider": Totals(2, 1, 0, 1, 0),
}


def sample(name: str, root: str = "/project") -> Report:
    with (SAMPLES / f"{name}.xml").open("rb") as file:
        report = read_junit(file, "r.xml", root)
    assert isinstance(report, Report), report
    return report


def only(report: Report, *outcomes: TestOutcome) -> list[str]:
    return [case.id for case in report.cases if case.outcome in outcomes]


def case(report: Report, test_id: str) -> ReportedTest:
    return next(case for case in report.cases if case.id == test_id)


def test_every_sample_is_known_here() -> None:
    """A sample that no test looks at proves nothing."""
    assert {path.stem for path in SAMPLES.glob("*.xml")} == COUNTS.keys()


@pytest.mark.parametrize(("name", "counts"), COUNTS.items(), ids=COUNTS)
def test_cases_are_counted_by_what_became_of_them(name: str, counts: Totals) -> None:
    """And no honest tool contradicts itself, however it counts in its headers."""
    report = sample(name)
    assert report.counts == counts
    assert len(report.passed) == counts.passed
    assert len({*report.passed, *(case.id for case in report.cases)}) == counts.total
    assert bool(report.contradictions) is (name == "gotestsum-build")
    assert report.duration_s is not None
    assert (report.warnings, report.exit_status) == (None, None)


@pytest.mark.parametrize(
    ("name", "never_ran"),
    [
        ("pytest-xunit1", ["tests/test_broken.py"]),
        ("pytest-xunit2", ["tests.test_broken"]),
        ("jest", ["jt/broken.test.js"]),
        ("pytest-6", ["tests.test_broken"]),
        ("node", ["nt/broken.test.mjs"]),
        ("node-26", ["nt/broken.test.mjs"]),
        ("vitest", ["broken.test.js"]),
        ("surefire-class", ["com.example.BrokenTest"]),
        ("gradle-merged", ["com.example.ShopTest::initializationError"]),
        ("gotestsum", ["example.com/shop/mainfail::TestMain"]),
        ("bats-report", ["broken.bats", "setup.bats"]),
        ("ctest", ["not_there::not_there"]),
        ("phpunit-provider", ["ProviderTest::testRole"]),
    ],
)
def test_what_did_not_load_is_no_failing_test(name: str, never_ran: list[str]) -> None:
    """A file, class or package that never ran is an error of its own kind, which no baseline excuses."""
    report = sample(name)
    assert [case.id for case in report.cases if not case.collected] == never_ran
    assert {case.outcome for case in report.cases if not case.collected} == {"error"}


@pytest.mark.parametrize(
    ("name", "flaky", "failed_again"),
    [
        (
            "pytest-rerunfailures",
            {"tests.test_flaky::test_flaky": 2},
            {
                "tests.test_shop.TestSignup::test_conflict": 3,
                "tests.test_shop.TestSignup::test_strict": 3,
                "tests.test_shop::test_setup": 3,
                "tests.test_shop::test_both": 3,
                "tests.test_shop::test_teardown": 3,
                "tests.test_flaky::test_broken": 3,
            },
        ),
        (
            "surefire",
            {"com.example.ShopTest::flaky": 2, "com.example.ShopTest::flakyError": 2},
            {
                "com.example.ShopTest::refusesDuplicate": 3,
                "com.example.ShopTest::role(String)[3]": 3,
                "com.example.ShopTest::same(int)[2]": 3,
                "com.example.ShopTest::crashes": 3,
            },
        ),
        ("gradle-merged", {"com.example.ShopTest::retried()": 2}, {}),
        (
            "gotestsum-rerun",
            {"example.com/shop/fine::TestFlaky": 2},
            {
                "example.com/shop/fine::TestRefuses": 3,
                "example.com/shop/fine::TestRoles/guest": 3,
                "example.com/shop/fine::TestRoles": 3,
            },
        ),
        (
            "nextest",
            {"shop::tests::flaky": 2},
            {"shop::tests::refuses_duplicate": 2, "shop::tests::flaky_and_minded": 2},
        ),
    ],
)
def test_what_ran_again(name: str, flaky: dict[str, int], failed_again: dict[str, int]) -> None:
    """A pass in a later attempt is flaky; what failed to the end failed, also where its first case looks passed."""
    report = sample(name)
    again = [case for case in report.cases if case.attempts > 1]
    assert {case.id: case.attempts for case in again if case.outcome == "flaky"} == flaky
    assert {case.id: case.attempts for case in again if case.outcome != "flaky"} == failed_again
    assert set(failed_again) <= set(only(report, "failed", "error"))


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("jest", "jt/shop.test.js::auth signup same title", "jt/shop.test.js::auth signup same title #2"),
        ("mocha", "mt/shop.js::auth signup same title", "mt/shop.js::auth signup same title #2"),
        ("node", "test::auth > signup > same title", "test::auth > signup > same title #2"),
        ("mocha-xunit", "mt/shop.js::auth signup > same title", "mt/shop.js::auth signup > same title #2"),
        (
            "node-26",
            "nt/shop.test.mjs::auth > signup > same title",
            "nt/shop.test.mjs::auth > signup > same title #2",
        ),
        ("vitest", "shop.test.js::auth > signup > same title", "shop.test.js::auth > signup > same title #2"),
    ],
)
def test_two_tests_of_one_title_are_two(name: str, first: str, second: str) -> None:
    """The pass of one does not make up for the failure of the other, and a note says that they share a name."""
    report = sample(name)
    assert first in report.passed
    assert second in only(report, "failed")
    assert report.notes[-1] == f"r.xml: 1 of its tests have another's name and got a number, such as '{second}'"


def test_gradle_s_retries_are_told_apart_only_where_it_merges_them() -> None:
    """A second case of one name may be a retry or another test; the failure stays until Gradle says which."""
    report = sample("gradle")
    assert "com.example.ShopTest::retried()" in only(report, "failed")
    assert "com.example.ShopTest::retried() #2" in report.passed
    assert report.duration_s == 1204.057


def test_pytest_s_ids_are_its_own_where_it_writes_files() -> None:
    """Two classes of one file may have tests of one name; without files, the class names them."""
    assert "tests/test_shop.py::TestLogin::test_conflict" in sample("pytest-xunit1").passed
    assert "tests/test_shop.py::TestSignup::test_conflict" in only(sample("pytest-xunit1"), "failed")
    assert "tests.test_shop.TestLogin::test_conflict" in sample("pytest-xunit2").passed


def test_pytest_s_own_outcomes() -> None:
    """An xfail is one, a strict xpass is a failure, a test that failed and could not be torn down is one test."""
    report = sample("pytest-xunit2")
    assert only(report, "xfailed") == ["tests.test_shop.TestSignup::test_known"]
    assert case(report, "tests.test_shop.TestSignup::test_strict").message == "[XPASS(strict)] strict"
    both = case(report, "tests.test_shop::test_both")
    assert (both.outcome, both.attempts) == ("error", 1)
    assert both.message == 'failed on teardown with "RuntimeError: cannot drop"'


def test_places_and_ids_are_below_the_folder_of_the_step() -> None:
    """So that another checkout has the same; where the folder is not known, a class is better than a path."""
    for name in COUNTS:
        ids = [*sample(name).passed, *(case.id for case in sample(name).cases)]
        assert not [one for one in ids if "/project" in one], name
        assert not [case.place for case in sample(name).cases if case.place.startswith("/project")], name
    assert "ShopTest::testSignsUp" in sample("phpunit", root="").passed
    assert "gives 201::auth signup gives 201" in sample("mocha", root="").passed


@pytest.mark.parametrize(
    ("name", "test_id", "message", "place"),
    [
        (
            "pytest-xunit2",
            "tests.test_broken",
            "collection failure: ModuleNotFoundError: No module named 'nothing_here'",
            "tests/test_broken.py:1",
        ),
        (
            "gotestsum",
            "example.com/shop/fine::TestRefuses",
            "fine_test.go:9: expected 409, got 500",
            "fine_test.go:9",
        ),
        ("gotestsum", "example.com/shop/fine::TestLater", "fine_test.go:10: later", ""),
        ("ctest", "refuses_duplicate::refuses_duplicate", "expected 409, got 500", ""),
        (
            "jest",
            "jt/shop.test.js::auth signup refuses a duplicate",
            "Error: expect(received).toBe(expected) // Object.is equality Expected: 409 Received: 500",
            "jt/shop.test.js:5",
        ),
        (
            "vitest",
            "shop.test.js::auth > signup > refuses a duplicate",
            "expected 500 to be 409 // Object.is equality",
            "shop.test.js:6",
        ),
        (
            "surefire",
            "com.example.ShopTest::refusesDuplicate",
            "expected: <409> but was: <500>",
            "ShopTest.java:11",
        ),
        ("nextest", "shop::tests::flaky", "thread 'tests::flaky' panicked at src/lib.rs:20:9", ""),
        (
            "nextest",
            "shop::tests::refuses_duplicate",
            "thread 'tests::refuses_duplicate' panicked at src/lib.rs:11:9",
            "src/lib.rs:11",
        ),
        ("node", "test::auth > signup > same title #2", "second", "nt/shop.test.mjs:9"),
        ("node-26", "nt/hooks.test.mjs::three > deep > t1", "x", "nt/hooks.test.mjs:3"),
        ("node-26", "nt/hooks.test.mjs::three > todo passes", "to do", ""),
    ],
)
def test_the_message_says_what_failed_and_where(name: str, test_id: str, message: str, place: str) -> None:
    """From the attribute, or the text, or what the test printed; without what the runner prints around every test."""
    found = case(sample(name), test_id)
    assert (found.message, found.place) == (message, place)


def test_what_node_has_to_do_is_no_failure() -> None:
    """A test marked as to do may fail, and Node's own exit code says so; one that was cancelled failed."""
    assert only(sample("node"), "xfailed") == ["test::auth > some day"]
    assert len(only(sample("node-hooks"), "failed")) == 5


def test_a_go_package_that_does_not_build_has_no_case_but_is_missed() -> None:
    """gotestsum tells of it in the root's header only."""
    assert sample("gotestsum-build").contradictions == (
        "r.xml: its header says that 2 failed, but 1 of its cases did; a package that did not build may have no case",
    )
