"""Cheats in where is looked: other folders, other refs, plugins, what git is told not to see."""

from __future__ import annotations

import shutil

from tests.cheats.cheats_in_judgement import BASELINE, ENTRY, NEVER, QUARANTINE, TEST_ID
from tests.cheats.cheats_in_tests import FINDS_IT, PRICES
from tests.cheats.corpus import RED, Scenario, Shop
from tests.support.projects import git

_BLIND = (FINDS_IT, FINDS_IT.replace("assert with_shipping(5000) == 5000", "assert True"))
_REPORT = "        report: {junit: reports/junit.xml}"
_WHITEWASH = """import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        report.outcome = "passed"
        report.longrepr = None
"""


def _blind(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(PRICES, _BLIND)


def baseline_of_another_branch(shop: Shop) -> None:
    """The edited baseline lies on a branch that nobody looks at."""
    git(shop.root, "checkout", "-q", "-b", "side")
    line = next(line for line in shop.read(BASELINE).splitlines() if "large_baskets" in line)
    shop.edit(BASELINE, (line, line.replace('"passed"', '"failed"')))
    shop.commit()
    git(shop.root, "checkout", "-q", "work")
    shop.break_the_code()
    shop.define(("new_failures: 0", "ref: side, new_failures: 0"))


def read_the_number_otherwise(shop: Shop) -> None:
    """Of ten problems only the nought is read."""
    shop.add("shop/codes.py", "\n# TODO: later\n" * 10)
    shop.define((r"'problems: (\d+)'", r"'problems: \d*(\d)'"))


def look_at_a_folder_only(shop: Shop) -> None:
    _blind(shop)
    shop.define(("path: .", "path: shop"))


def call_the_tests_artifacts(shop: Shop) -> None:
    """What a step writes is left out of the tree."""
    _blind(shop)
    shop.define((_REPORT, f"        artifacts: ['tests/*.py']\n{_REPORT}"))


def plugin_in_the_settings(shop: Shop) -> None:
    shop.break_the_code()
    shop.write("shop/quiet.py", _WHITEWASH)
    shop.edit("pytest.ini", ("addopts = -q", "addopts = -q -p shop.quiet"))


def plugin_in_conftest(shop: Shop) -> None:
    shop.break_the_code()
    shop.write("shop/quiet.py", _WHITEWASH)
    shop.add("tests/conftest.py", '\npytest_plugins = ["shop.quiet"]\n')


def ignored_conftest(shop: Shop) -> None:
    """Git is told, in a file that nobody commits, not to see it."""
    shop.break_the_code()
    shop.write("conftest.py", _WHITEWASH)
    shop.write(".git/info/exclude", "conftest.py\n")


def show_git_another_folder(shop: Shop) -> None:
    pristine = shop.root.parent / "pristine"
    shutil.copytree(shop.root, pristine, ignore=shutil.ignore_patterns(".git"))
    git(shop.root, "config", "core.worktree", str(pristine))
    _blind(shop)


def replace_the_commit(shop: Shop) -> None:
    _blind(shop)
    shop.commit()
    git(shop.root, "replace", "main", "work")


def hide_an_entry(shop: Shop) -> None:
    """A key written with an escape is read by YAML, and by nobody who searches for it."""
    shop.break_the_code()
    shop.write(QUARANTINE, ENTRY.format(test=TEST_ID, expires=NEVER).replace("test:", '"te\\x73t":', 1))


CHEATS = (
    Scenario("the baseline of another branch", baseline_of_another_branch, RED, "weakening gates/shop.yaml"),
    Scenario("a number read in another way", read_the_number_otherwise, RED, "weakening gates/shop.yaml"),
    Scenario("a repo that is a folder of it", look_at_a_folder_only, RED, "weakening gates/shop.yaml"),
    Scenario("tests called artifacts", call_the_tests_artifacts, RED, "weakening tests/test_prices.py"),
    Scenario("a plugin in the settings", plugin_in_the_settings, RED, "weakening pytest.ini"),
    Scenario("a plugin in conftest", plugin_in_conftest, RED, "weakening tests/conftest.py"),
    Scenario("a conftest that git ignores", ignored_conftest, RED, "weakening conftest.py"),
    Scenario("git looks at another folder", show_git_another_folder, RED, "weakening tests/test_prices.py"),
    Scenario("the base's commit replaced", replace_the_commit, RED, "weakening tests/test_prices.py"),
    Scenario("an entry with a hidden key", hide_an_entry, RED, f"weakening {QUARANTINE}"),
)
