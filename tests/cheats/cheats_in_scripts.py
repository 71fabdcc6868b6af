"""Cheats in what runs the tests: settings, hooks of the runner, scripts, the environment."""

from __future__ import annotations

from tests.cheats.cheats_in_tests import FINDS_IT, PRICES, SOMETIMES
from tests.cheats.corpus import INCONCLUSIVE, RED, Scenario, Shop

TEST = "scripts/test.sh"
RUN = 'exec "$PYTHON" -m pytest --junitxml=reports/junit.xml'
CONFTEST = "tests/conftest.py"


def deselect_in_the_settings(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit("pytest.ini", ("-p no:cacheprovider", '-p no:cacheprovider -k "not large_baskets"'))


def ignore_in_the_settings(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit("pytest.ini", ("-p no:cacheprovider", "-p no:cacheprovider --ignore=tests/test_prices.py"))


def look_elsewhere(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit("pytest.ini", ("testpaths = tests", "testpaths = tests/test_codes.py"))


def ignore_in_conftest(shop: Shop) -> None:
    shop.break_the_code()
    shop.add(CONFTEST, '\n\ncollect_ignore = ["test_prices.py"]\n')


def drop_in_a_hook(shop: Shop) -> None:
    shop.break_the_code()
    shop.add(
        CONFTEST,
        """

def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if "large_baskets" not in item.name]
""",
    )


def whitewash_in_a_hook(shop: Shop) -> None:
    """Every failure is reported as a pass: exit code, report and counts agree, and lie."""
    shop.break_the_code()
    shop.add(
        CONFTEST,
        """

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        report.outcome = "passed"
        report.longrepr = None
""",
    )


def leave_with_zero(shop: Shop) -> None:
    shop.break_the_code()
    shop.add(CONFTEST, "\n\ndef pytest_sessionfinish(session):\n    session.exitstatus = 0\n")


def or_true(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(TEST, (RUN, f"{RUN.removeprefix('exec ')} || true"))


def or_true_in_the_definition(shop: Shop) -> None:
    shop.break_the_code()
    shop.define(("run: ./scripts/test.sh", "run: ./scripts/test.sh || true"))


def always_exit_zero(shop: Shop) -> None:
    """A wrapper that runs nothing."""
    shop.break_the_code()
    shop.script(TEST, "#!/bin/sh\necho 10 passed\nexit 0\n")


def run_the_others_only(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(TEST, (RUN, f"{RUN} tests/test_codes.py"))


def retry_until_lucky(shop: Shop) -> None:
    """A test that fails now and then; the script runs it until it does not."""
    shop.edit(PRICES, (FINDS_IT, SOMETIMES))
    shop.on_main()
    shop.edit(TEST, (RUN, f"for _ in 1 2 3; do\n    {RUN.removeprefix('exec ')} && exit 0\ndone\nexit 1"))


def skip_by_a_switch(shop: Shop) -> None:
    shop.edit(TEST, ("set -eu\n", 'set -eu\nif [ "${SHOP_FAST:-}" = 1 ]; then pytest_args="-k not large"; fi\n'))
    shop.edit(TEST, (RUN, f'{RUN} ${{pytest_args:+-k "not large_baskets"}}'))
    shop.on_main()
    shop.break_the_code()
    shop.define(
        ("        timeout: 30s\n        report", '        timeout: 30s\n        env: {SHOP_FAST: "1"}\n        report')
    )


def switch_from_outside(shop: Shop) -> None:
    """The same with a variable that is merely set: whoever runs it wants to see green."""
    shop.break_the_code()
    shop.project.always["PYTEST_ADDOPTS"] = '-k "not large_baskets"'


def stop_early(shop: Shop) -> None:
    """What comes after the first pass is not run."""
    shop.break_the_code()
    shop.add(
        CONFTEST,
        """

def pytest_runtest_logreport(report):
    import os

    if "small_baskets" in report.nodeid and report.when == "teardown":
        os._exit(0)
""",
    )


def hide_a_collection_error(shop: Shop) -> None:
    """The file does not import any more; the rest passes, and nobody looks at the exit code."""
    shop.edit("shop/prices.py", ("def with_tax(", "def with_the_tax("))
    shop.edit(TEST, (RUN, f"{RUN.removeprefix('exec ')} --continue-on-collection-errors || true"))


def lower_the_bar(shop: Shop) -> None:
    """More unfinished lines than the baseline has; the linter is told to overlook them."""
    shop.add("shop/codes.py", "\n\n# TODO: nobody checks the date of a code\n")
    shop.edit("scripts/lint.sh", (".{101,}|TODO|FIXME", ".{101,}|FIXME"))


def print_a_better_number(shop: Shop) -> None:
    shop.add("shop/codes.py", "\n\n# TODO: nobody checks the date of a code\n")
    shop.add("scripts/lint.sh", 'echo "problems: 0"\n')


CHEATS = (
    Scenario("tests deselected by the settings", deselect_in_the_settings, RED, "lost"),
    Scenario("a file ignored by the settings", ignore_in_the_settings, RED, "lost"),
    Scenario("the settings look elsewhere", look_elsewhere, RED, "lost"),
    Scenario("a file ignored in conftest", ignore_in_conftest, RED, "lost"),
    Scenario("tests dropped in a hook", drop_in_a_hook, RED, "lost"),
    Scenario("failures whitewashed in a hook", whitewash_in_a_hook, RED, "weakening tests/conftest.py"),
    Scenario("an exit status of nought in a hook", leave_with_zero, RED, "report-disagrees"),
    Scenario("or true, in the script", or_true, RED, "report-disagrees"),
    Scenario("or true, in the definition", or_true_in_the_definition, RED, "report-disagrees"),
    Scenario("a wrapper that runs nothing", always_exit_zero, INCONCLUSIVE, "report-missing"),
    Scenario("only the other tests", run_the_others_only, RED, "lost"),
    Scenario("run again inside until it passes", retry_until_lucky, RED, "weakening scripts/test.sh"),
    Scenario("a switch that turns a test off", skip_by_a_switch, RED, "lost"),
    Scenario("a switch set from outside", switch_from_outside, RED, "lost"),
    Scenario("the runner left half-way", stop_early, INCONCLUSIVE, "report-"),
    Scenario("a hidden collection error", hide_a_collection_error, RED, "collect"),
    Scenario("a linter told to overlook", lower_the_bar, RED, "weakening scripts/lint.sh"),
    Scenario("a better number printed after it", print_a_better_number, RED, "weakening scripts/lint.sh"),
)
