"""Telling a renamed test from a deleted one, by ids alone: plausible pairs, and none that hides a deletion."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.model.report import TestOutcome
from gatekeeper.policy.judging.baseline_comparison import Classes, compare

from .evidence import passing

HONEST: dict[str, tuple[list[str], list[str]]] = {
    "another spelling": (["a.py::Login  works"], ["a.py::login works"]),
    "a file that moved": (
        ["tests/a.py::test_x", "tests/a.py::test_y"],
        ["tests/unit/a.py::test_x", "tests/unit/a.py::test_y"],
    ),
    "a file with another name": (["t/a.py::x", "t/a.py::y"], ["t/b.py::x", "t/b.py::y"]),
    "a class with another name": (["t/a.py::Old::x", "t/a.py::Old::y"], ["t/a.py::New::x", "t/a.py::New::y"]),
    "a Java package": (["com.old.CartTest::total"], ["com.fresh.CartTest::total"]),
    "a folder of files with the same names": (
        ["src/a/index.test.js::renders", "src/b/index.test.js::renders"],
        ["lib/a/index.test.js::renders", "lib/b/index.test.js::renders"],
    ),
    "a file that was split": (
        ["t.py::test_cart", "t.py::test_user", "t.py::test_stays"],
        ["cart.py::test_cart", "user.py::test_user", "t.py::test_stays"],
    ),
    "an ordinary name that went where others of its file went": (
        ["a.py::test_create", "a.py::test_invoice_total", "other.py::test_create"],
        ["z.py::test_create", "z.py::test_invoice_total", "other.py::test_create", "z.py::test_more"],
    ),
    "parameters": (["a.py::t"], ["a.py::t[1]", "a.py::t[2]"]),
    "other parameters": (["a.py::t[x::1]", "a.py::t[[2]]"], ["a.py::t[x::3]", "a.py::t[[4]]"]),
    "no parameters any more": (["a.py::t[1]"], ["a.py::t"]),
    "another name in its file": (["a.py::test_login_works"], ["a.py::test_login_works_twice"]),
    "other words": (
        ["a.py::test_large_orders_are_sent_for_nothing"],
        ["a.py::test_large_orders_are_sent_free_of_charge"],
    ),
    "camel case": (["A.java::paysNoShipping"], ["A.java::largeOrderPaysNoShipping"]),
    "into a class": (["tests.prices::test_tax"], ["tests.prices.TestPrices::test_tax"]),
    "a test without a file": (["Login Works"], ["login works"]),
}
GONE: dict[str, tuple[list[str], list[str]]] = {
    "an unrelated test": (["a.py::test_refund"], ["a.py::test_banner"]),
    "an ordinary name elsewhere": (
        ["a.py::test_create", "c.py::test_create", "a.py::test_stays"],
        ["b.py::test_create", "c.py::test_create", "a.py::test_stays", "b.py::test_other"],
    ),
    "two that could both be it": (["a.py::test_x"], ["b.py::test_x", "c.py::test_x"]),
    "fewer parameters": (["a.py::t[1]", "a.py::t[2]"], ["a.py::t[1]"]),
    "one more deleted than added": (["a.py::test_cart_total", "a.py::test_cart_tax"], ["a.py::test_cart_total_tax"]),
}


def compared(before: list[str], now: list[str]) -> Classes:
    """Passing tests beside passing tests."""
    return compare(passing(before), passing(now))


@pytest.mark.parametrize("name", HONEST)
def test_a_renamed_test_is_not_lost(name: str) -> None:
    before, now = HONEST[name]
    classes = compared(before, now)
    assert classes.lost == ()
    assert {old for old, _ in classes.renamed} == set(before) - set(now)


@pytest.mark.parametrize("name", GONE)
def test_a_deleted_test_is_not_called_renamed(name: str) -> None:
    assert compared(*GONE[name]).lost


def test_a_file_that_moved_takes_its_tests_to_one_place() -> None:
    before, now = HONEST["a folder of files with the same names"]
    assert compared(before, now).renamed == tuple(zip(before, now, strict=True))


@pytest.mark.parametrize("now", ["failed", "error", "skipped", "xfailed"])
def test_what_came_to_something_worse_is_no_renamed_test(now: TestOutcome) -> None:
    """A test that was parametrised over nothing is skipped, and its loss is told."""
    for new in ("a.py::t[NOTSET]", "b.py::t"):
        classes = compare({"a.py::t": "passed"}, {new: now})
        assert (classes.renamed, classes.lost) == ((), ("a.py::t",))


def test_a_failing_test_may_move_and_still_fail() -> None:
    classes = compare({"a.py::t": "failed"}, {"b.py::t": "failed"})
    assert classes.renamed == (("a.py::t", "b.py::t"),)


def test_a_skipped_test_may_move_and_still_be_skipped() -> None:
    assert compare({"a.py::t": "skipped"}, {"b.py::t": "skipped"}).renamed


@pytest.mark.parametrize(
    ("old", "new"),
    [("a.py::test_total", "b.py::test_total"), ("a.py::t[1]", "a.py::t[2]"), ("a.py::test_tax", "a.py::test_tax_ok")],
)
def test_a_deleted_failing_test_is_not_repaired_by_a_passing_one_like_it(old: str, new: str) -> None:
    assert compare({old: "failed"}, {new: "passed"}).lost == (old,)


def test_a_failing_test_may_be_repaired_while_its_whole_file_moves() -> None:
    before: dict[str, TestOutcome] = {"t/a.py::x": "failed", "t/a.py::y": "passed"}
    assert compare(before, passing(["u/a.py::x", "u/a.py::y"])).lost == ()
    assert compare({"a.py::t": "failed"}, passing(["a.py::t[1]", "a.py::t[2]"])).lost == ()
    assert compare({"a.py::t": "failed"}, {"a.py::t[1]": "passed", "a.py::t[2]": "failed"}).lost == ()


@settings(deadline=None)
@given(st.sets(st.from_regex(r"[ab]/[xy]\.py::(T::)?[tu]{1,2}(\[[12]\])?", fullmatch=True), max_size=12), st.data())
def test_pairs_are_one_to_one_and_the_same_every_time(before: set[str], data: st.DataObject) -> None:
    """However the reports are ordered; nothing is paired twice, and nobody else's test is taken."""
    now = data.draw(
        st.sets(st.from_regex(r"[abc]/[xyz]\.py::(T::)?[tu]{1,2}(\[[123]\])?", fullmatch=True), max_size=12)
    )
    classes = compared(sorted(before), sorted(now))
    olds, news = [old for old, _ in classes.renamed], [new for _, new in classes.renamed]
    assert len(set(olds)) == len(olds)
    assert len(set(news)) == len(news)
    assert not {*olds} & now
    assert not {*news} & before
    assert compared(sorted(before, reverse=True), sorted(now, reverse=True)) == classes


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_no_id_is_too_odd_to_be_compared(old: str, new: str) -> None:
    classes = compared([old, f"{old}::{new}", f"{new}[]"], [new, f"{new}::{old}", f"{old}::"])
    assert len(classes.same) + len(classes.renamed) + len(classes.lost) == len({old, f"{old}::{new}", f"{new}[]"})
