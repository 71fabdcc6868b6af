"""A change of Python tests is weighed as a whole: what is gone without a trace is told, what only moved is not."""

from __future__ import annotations

import pytest

from tests.policy.integrity.changes import Files, rules_of, told, worst
from tests.policy.integrity.python_cheats import CHEATS, ONE, SHOP, T

THREE = """
def test_a():
    assert f(1) == 1

def test_b():
    assert f(2) == 4

def test_c():
    assert f(3) == 9
"""
AS_CASES = """
@pytest.mark.parametrize(("n", "want"), [(1, 1), (2, 4), (3, 9)])
def test_f(n, want):
    assert f(n) == want
"""
AS_CONSTANT = """
CASES = {1: 1, 2: 4, 3: 9}

@pytest.mark.parametrize(("n", "want"), CASES.items())
def test_f(n, want):
    assert f(n) == want
"""
AS_LOOP = """
def test_f():
    for n, want in [(1, 1), (2, 4), (3, 9)]:
        assert f(n) == want
"""
IN_CLASS = """
class TestShop:
    def test_total(self):
        assert total([1, 2]) == 3

    def test_empty(self):
        assert total([]) == 0

    def test_negative(self):
        with pytest.raises(ValueError):
            total([-1])
"""
REPEATED = """
def test_a():
    r = get("/a")
    assert r.status == 200
    assert r.kind == "json"

def test_b():
    r = get("/b")
    assert r.status == 200
    assert r.kind == "json"
"""
HELPED = """
def is_fine(r):
    assert r.status == 200
    assert r.kind == "json"

def test_a():
    is_fine(get("/a"))

def test_b():
    is_fine(get("/b"))
"""
NEEDS_NODE = """
@pytest.mark.skipif(not shutil.which("node"), reason="needs node")
def test_node():
    assert node() == 1
"""

PLAIN = """
def test_free():
    assert cost(5000) == 5000
    assert cost(7000) == 7000
"""
WITH_HELPER = """
def is_free(cents):
    assert cost(cents) == cents

def test_free():
    is_free(5000)
    is_free(7000)
"""
HONEST: dict[str, tuple[Files, Files]] = {
    "a file moved": ({T: SHOP}, {"tests/unit/test_shop.py": SHOP}),
    "a file renamed": ({T: SHOP}, {"tests/test_totals.py": SHOP}),
    "a test renamed": ({T: SHOP}, {T: SHOP.replace("test_empty", "test_nothing_costs_nothing")}),
    "a test renamed and touched up": (
        {T: ONE},
        {T: ONE.replace("test_total", "test_sum").replace("result", "summed")},
    ),
    "a file split": (
        {T: SHOP},
        {
            T: SHOP.replace("def test_empty():\n    assert total([]) == 0\n", ""),
            "tests/test_empty.py": "from shop import total\n\ndef test_empty():\n    assert total([]) == 0\n",
        },
    ),
    "two files joined": (
        {T: ONE, "tests/test_b.py": "def test_b():\n    assert b() == 2\n"},
        {T: ONE + "\ndef test_b():\n    assert b() == 2\n"},
    ),
    "tests became cases": ({T: THREE}, {T: AS_CASES}),
    "cases are a constant": ({T: THREE}, {T: AS_CONSTANT}),
    "tests became a loop": ({T: THREE}, {T: AS_LOOP}),
    "tests went into a class": ({T: SHOP}, {T: IN_CLASS}),
    "a test split in two": (
        {T: "def test_all():\n    assert a() == 1\n    assert b() == 2\n"},
        {T: "def test_a():\n    assert a() == 1\n\ndef test_b():\n    assert b() == 2\n"},
    ),
    "two tests joined": (
        {T: "def test_a():\n    assert a() == 1\n\ndef test_b():\n    assert b() == 2\n"},
        {T: "def test_all():\n    assert a() == 1\n    assert b() == 2\n"},
    ),
    "assertions went into a helper": ({T: REPEATED}, {T: HELPED}),
    "a helper with other words": ({T: PLAIN}, {T: WITH_HELPER}),
    "a helper taken apart": ({T: WITH_HELPER}, {T: PLAIN}),
    "another layout": ({T: SHOP}, {T: SHOP.replace("total([1, 2]) == 3", "total(\n        [1, 2],\n    ) == 3")}),
    "comments": ({T: SHOP}, {T: "# what the shop sums up\n" + SHOP}),
    "other quotes": ({T: "def test_a():\n    assert a() == 'x'\n"}, {T: 'def test_a():\n    assert a() == "x"\n'}),
    "a docstring": ({T: ONE}, {T: ONE.replace("    result", '    """Sums."""\n    result')}),
    "a faster suite": (
        {T: ONE.replace("    result", "    time.sleep(3)\n    result")},
        {T: ONE.replace("    result", "    clock.advance(3)\n    result")},
    ),
    "a fixture instead of set-up": (
        {T: "def test_a():\n    shop = Shop()\n    assert shop.total == 0\n"},
        {T: "@pytest.fixture\ndef shop():\n    return Shop()\n\ndef test_a(shop):\n    assert shop.total == 0\n"},
    ),
    "a skip that names a ticket": (
        {T: ONE},
        {T: ONE.replace("def test", "@pytest.mark.skip(reason='SHOP-12: rounding is being settled')\ndef test")},
    ),
    "an xfail with an address": (
        {T: ONE},
        {T: ONE.replace("def test", "@pytest.mark.xfail(reason='https://example.test/issues/7')\ndef test")},
    ),
    "a new test that needs a tool": ({T: ONE}, {T: ONE + NEEDS_NODE}),
    "a stand-in for something else": (
        {T: ONE},
        {T: ONE.replace("():\n", "(monkeypatch):\n    monkeypatch.setattr('shop.clock.now', lambda: 3)\n", 1)},
    ),
    "a new test with a lambda": (
        {T: ONE},
        {T: ONE + "\ndef test_b():\n    twice = lambda n: 2 * n\n    assert twice(2) == 4\n"},
    ),
    "another expectation": ({T: ONE}, {T: ONE.replace("== 3", "== 4")}),
    "assertEqual instead of assert": (
        {T: "class ShopTest(TestCase):\n    def test_a(self):\n        self.assertEqual(a(), 1)\n"},
        {T: "class ShopTest(TestCase):\n    def test_a(self):\n        assert a() == 1\n"},
    ),
    "test data": ({"tests/data/a.json": "{}"}, {"tests/data/a.json": "[]"}),
}

STRONGER: dict[str, tuple[Files, Files, str]] = {
    "a test more": ({T: ONE}, {T: ONE + "\ndef test_b():\n    assert b() == 2\n"}, "more-tests"),
    "a case more": (
        {T: "@pytest.mark.parametrize('a', [1])\ndef test_a(a):\n    assert f(a) == a\n"},
        {T: "@pytest.mark.parametrize('a', [1, 2])\ndef test_a(a):\n    assert f(a) == a\n"},
        "more-cases",
    ),
    "an assertion more": ({T: ONE}, {T: ONE + "    assert log == ['sum']\n"}, "more-assertions"),
    "a stricter one": ({T: ONE.replace("== 3", "> 0")}, {T: ONE}, "stricter-assertion"),
    "a skip less": ({T: ONE.replace("def test", "@pytest.mark.skip\ndef test")}, {T: ONE}, "skip-removed"),
}


@pytest.mark.parametrize(("before", "after", "rule"), CHEATS.values(), ids=CHEATS)
def test_a_weaker_suite_is_called_so(before: Files, after: Files, rule: str) -> None:
    changes = told(before, after)
    assert worst(changes) == "weakening"
    assert rule in rules_of(changes)


@pytest.mark.parametrize(("before", "after"), HONEST.values(), ids=HONEST)
def test_an_honest_change_is_not_accused(before: Files, after: Files) -> None:
    changes = told(before, after)
    assert [reason for change in changes if change.effect == "weakening" for reason in change.reasons] == []


@pytest.mark.parametrize(("before", "after", "rule"), STRONGER.values(), ids=STRONGER)
def test_a_stronger_suite_is_called_so(before: Files, after: Files, rule: str) -> None:
    changes = told(before, after)
    assert worst(changes) == "strengthening"
    assert rule in rules_of(changes)


@pytest.mark.parametrize(("before", "after", "rule"), [*STRONGER.values()], ids=STRONGER)
def test_the_reverse_of_a_stronger_suite_is_a_weaker_one(before: Files, after: Files, rule: str) -> None:
    del rule
    assert worst(told(after, before)) == "weakening"
