"""Owns ways to make a Python suite pass without mending anything: files before and after, and the rule that says so."""

from __future__ import annotations

from tests.policy.integrity.changes import Files

T = "tests/test_shop.py"
SHOP = """
import pytest
from shop import total

def test_total():
    assert total([1, 2]) == 3

def test_empty():
    assert total([]) == 0

def test_negative():
    with pytest.raises(ValueError):
        total([-1])
"""
ONE = "from shop import total\n\ndef test_total():\n    result = total([1, 2])\n    assert result == 3\n"

CHEATS: dict[str, tuple[Files, Files, str]] = {
    "a test is deleted": (
        {T: SHOP},
        {T: SHOP.replace("def test_empty():\n    assert total([]) == 0\n", "")},
        "fewer-tests",
    ),
    "a test is deleted, and the baseline forgets it": (
        {T: SHOP, "gates/baselines/a/b.c.json": '{"tests": {"t::test_total": "passed", "t::test_empty": "passed"}}'},
        {
            T: SHOP.replace("def test_empty():\n    assert total([]) == 0\n", ""),
            "gates/baselines/a/b.c.json": '{"tests": {"t::test_total": "passed"}}',
        },
        "fewer-known-tests",
    ),
    "a test file is deleted": ({T: SHOP}, {}, "fewer-tests"),
    "a test is commented out": (
        {T: SHOP},
        {T: SHOP.replace("def test_empty():\n    assert", "# def test_empty():\n#    assert")},
        "fewer-tests",
    ),
    "a test is renamed out of sight": (
        {T: SHOP},
        {T: SHOP.replace("def test_empty", "def _test_empty")},
        "fewer-tests",
    ),
    "a test file is renamed out of sight": ({T: SHOP}, {"tests/shop_checks.py": SHOP}, "not-collected"),
    "a test hides inside another": (
        {T: SHOP},
        {
            T: SHOP.replace(
                "def test_empty():\n    assert total([]) == 0", "    def test_empty():\n        assert total([]) == 0"
            )
        },
        "fewer-tests",
    ),
    "a test is defined twice": ({T: ONE}, {T: ONE + "\ndef test_total():\n    assert True\n"}, "empty-assertion"),
    "a test is overwritten": ({T: SHOP}, {T: SHOP + "\ntest_empty = None\n"}, "not-collected"),
    "a class is no class of tests any more": (
        {T: "class TestShop:\n    def test_a(self):\n        assert a() == 1\n"},
        {T: "class Shop:\n    def test_a(self):\n        assert a() == 1\n"},
        "not-collected",
    ),
    "a class is told not to be one": (
        {T: "class TestShop:\n    def test_a(self):\n        assert a() == 1\n"},
        {T: "class TestShop:\n    __test__ = False\n    def test_a(self):\n        assert a() == 1\n"},
        "not-collected",
    ),
    "tests come and a failing one goes": (
        {T: SHOP},
        {
            T: SHOP.replace("def test_empty():\n    assert total([]) == 0\n", ""),
            "tests/test_more.py": "def test_one():\n    assert f(1) == 1\n\ndef test_two():\n    assert f(2) == 2\n",
        },
        "fewer-tests",
    ),
    "a test makes way for one that checks nothing": (
        {T: ONE},
        {T: "def test_shop_works():\n    assert True\n"},
        "fewer-tests",
    ),
    "assert True": ({T: ONE}, {T: ONE.replace("result == 3", "True")}, "empty-assertion"),
    "compared with itself": ({T: ONE}, {T: ONE.replace("result == 3", "result == result")}, "empty-assertion"),
    "or True": ({T: ONE}, {T: ONE.replace("result == 3", "result == 3 or True")}, "empty-assertion"),
    "a tuple is always true": (
        {T: ONE},
        {T: ONE.replace("assert result == 3", "assert (result == 3, 'sum')")},
        "empty-assertion",
    ),
    "only that something came": ({T: ONE}, {T: ONE.replace("result == 3", "result")}, "looser-assertion"),
    "only that it is not None": ({T: ONE}, {T: ONE.replace("result == 3", "result is not None")}, "looser-assertion"),
    "only a bound": ({T: ONE}, {T: ONE.replace("result == 3", "result >= 1")}, "looser-assertion"),
    "any exception will do": (
        {T: SHOP},
        {T: SHOP.replace("raises(ValueError)", "raises(Exception)")},
        "looser-assertion",
    ),
    "a wider tolerance": (
        {T: ONE.replace("== 3", "== pytest.approx(3, abs=0.01)")},
        {T: ONE.replace("== 3", "== pytest.approx(3, abs=10)")},
        "looser-assertion",
    ),
    "fewer places": (
        {T: "class ShopTest(TestCase):\n    def test_a(self):\n        self.assertAlmostEqual(a(), 1.5, places=7)\n"},
        {T: "class ShopTest(TestCase):\n    def test_a(self):\n        self.assertAlmostEqual(a(), 1.5, places=0)\n"},
        "looser-assertion",
    ),
    "an assertion is gone": (
        {T: ONE + "    assert log == ['sum']\n"},
        {T: ONE},
        "fewer-assertions",
    ),
    "an assertion is commented out": ({T: ONE}, {T: ONE.replace("    assert", "    # assert")}, "fewer-assertions"),
    "print instead of assert": (
        {T: ONE},
        {T: ONE.replace("assert result == 3", "print(result == 3)")},
        "fewer-assertions",
    ),
    "a loose one elsewhere does not make up for it": (
        {T: SHOP},
        {T: SHOP.replace("total([]) == 0", "total([]) is not None") + "\ndef test_more():\n    assert f() == 1\n"},
        "looser-assertion",
    ),
    "the exception is caught": (
        {T: ONE},
        {
            T: ONE.replace(
                "    assert result == 3\n",
                "    try:\n        assert result == 3\n    except AssertionError:\n        pass\n",
            )
        },
        "swallowed-assertions",
    ),
    "every exception is caught": (
        {T: ONE},
        {
            T: ONE.replace(
                "    assert result == 3\n", "    try:\n        assert result == 3\n    except:\n        print('no')\n"
            )
        },
        "swallowed-assertions",
    ),
    "suppressed": (
        {T: ONE},
        {
            T: ONE.replace(
                "    assert result == 3\n", "    with suppress(AssertionError):\n        assert result == 3\n"
            )
        },
        "swallowed-assertions",
    ),
    "return before": ({T: ONE}, {T: ONE.replace("    assert", "    return\n    assert")}, "unreachable-assertions"),
    "a way out": (
        {T: ONE},
        {T: ONE.replace("    assert", "    if os.environ.get('CI'):\n        return\n    assert")},
        "early-return",
    ),
    "if False": ({T: ONE}, {T: ONE.replace("    assert", "    if False:\n        assert")}, "fewer-assertions"),
    "skip": ({T: ONE}, {T: ONE.replace("def test", "@pytest.mark.skip\ndef test")}, "new-skip"),
    "skip with a reason that is none": (
        {T: ONE},
        {T: ONE.replace("def test", "@pytest.mark.skip(reason='flaky on CI')\ndef test")},
        "new-skip",
    ),
    "skipif": (
        {T: ONE},
        {T: ONE.replace("def test", "@pytest.mark.skipif(True, reason='later')\ndef test")},
        "new-skip",
    ),
    "xfail": ({T: ONE}, {T: ONE.replace("def test", "@pytest.mark.xfail(strict=False)\ndef test")}, "new-skip"),
    "skip inside": ({T: ONE}, {T: ONE.replace("    result", "    pytest.skip('todo')\n    result")}, "new-skip"),
    "unittest's skip": (
        {T: "class ShopTest(TestCase):\n    def test_a(self):\n        self.assertEqual(a(), 1)\n"},
        {T: "class ShopTest(TestCase):\n    @skip('x')\n    def test_a(self):\n        self.assertEqual(a(), 1)\n"},
        "new-skip",
    ),
    "the whole module": ({T: ONE}, {T: "pytestmark = pytest.mark.skip(reason='slow')\n" + ONE}, "new-skip"),
    "import or skip": (
        {T: ONE},
        {T: ONE.replace("from shop", "pytest.importorskip('nothing')\nfrom shop")},
        "new-skip",
    ),
    "tried until it passes": (
        {T: ONE},
        {T: ONE.replace("def test", "@pytest.mark.flaky(reruns=9)\ndef test")},
        "more-retries",
    ),
    "a case is gone": (
        {T: "@pytest.mark.parametrize('a', [1, 2, 3])\ndef test_a(a):\n    assert f(a) == a\n"},
        {T: "@pytest.mark.parametrize('a', [1, 2])\ndef test_a(a):\n    assert f(a) == a\n"},
        "fewer-cases",
    ),
    "a case is gone from a constant": (
        {T: "CASES = [1, 2, 3]\n\n@pytest.mark.parametrize('a', CASES)\ndef test_a(a):\n    assert f(a) == a\n"},
        {T: "CASES = [1]\n\n@pytest.mark.parametrize('a', CASES)\ndef test_a(a):\n    assert f(a) == a\n"},
        "fewer-cases",
    ),
    "the subject is a stand-in": (
        {T: ONE},
        {T: ONE.replace("():\n", "(monkeypatch):\n    monkeypatch.setattr('shop.total', lambda _: 3)\n", 1)},
        "mocked-subject",
    ),
    "the subject is patched": (
        {T: ONE},
        {T: ONE.replace("def test", "@patch('tests.test_shop.total', return_value=3)\ndef test")},
        "mocked-subject",
    ),
    "the subject is assigned": (
        {T: ONE},
        {T: ONE.replace("    result", "    total = Mock(return_value=3)\n    result")},
        "mocked-subject",
    ),
    "a helper is called less often": (
        {T: "def fine(n):\n    assert f(n) == n\n\ndef test_a():\n    fine(1)\n    fine(2)\n"},
        {T: "def fine(n):\n    assert f(n) == n\n\ndef test_a():\n    fine(1)\n"},
        "fewer-assertions",
    ),
    "a helper asserts less": (
        {T: "def fine(n):\n    assert f(n) == n\n\ndef test_a():\n    fine(1)\n    fine(2)\n"},
        {T: "def fine(n):\n    assert f(n)\n\ndef test_a():\n    fine(1)\n    fine(2)\n"},
        "looser-assertion",
    ),
    "the subject is patched for all": (
        {"tests/conftest.py": "import pytest\n"},
        {
            "tests/conftest.py": "import pytest\n\n@pytest.fixture(autouse=True)\ndef _a(monkeypatch):\n"
            "    monkeypatch.setattr('test_shop.total', lambda _: 3)\n"
        },
        "mocked-subject",
    ),
    "a renamed test is also skipped": (
        {T: ONE},
        {T: ONE.replace("def test_total", "@pytest.mark.skip\ndef test_sum")},
        "new-skip",
    ),
    "the runner is ended well": (
        {T: ONE},
        {T: ONE.replace("    result", "    import os; os._exit(0)\n    result")},
        "early-exit",
    ),
    "a subject made here": (
        {T: SHOP},
        {T: SHOP.replace("from shop import total", "def total(items):\n    return 3")},
        "mocked-subject",
    ),
    "a subject of a stand-in": ({T: SHOP}, {T: SHOP.replace("from shop ", "from tests.fakes ")}, "mocked-subject"),
    "anything is equal": (
        {T: SHOP},
        {T: SHOP.replace("== 3", "== ANY").replace("import pytest", "import pytest\nfrom unittest.mock import ANY")},
        "looser-assertion",
    ),
    "unittest's assertions replaced": (
        {T: "class T(TestCase):\n    def test_a(self):\n        self.assertEqual(f(), 3)\n"},
        {
            T: "class T(TestCase):\n    def assertEqual(self, *_):\n        pass\n    def test_a(self):\n"
            "        self.assertEqual(f(), 3)\n"
        },
        "empty-assertion",
    ),
    "skipped before each": (
        {T: "class T(TestCase):\n    def test_a(self):\n        self.assertEqual(f(), 3)\n"},
        {
            T: "class T(TestCase):\n    def setUp(self):\n        self.skipTest('x')\n    def test_a(self):\n"
            "        self.assertEqual(f(), 3)\n"
        },
        "new-skip",
    ),
    "unittest loads nothing": (
        {T: ONE},
        {T: ONE + "\ndef load_tests(loader, tests, pattern):\n    return loader.suiteClass()\n"},
        "deselected-tests",
    ),
    "a hook of another module": (
        {"tests/conftest.py": "import pytest\n"},
        {"tests/conftest.py": "import pytest\nfrom shop.quiet import pytest_runtest_makereport\n"},
        "runner-hook",
    ),
}
