"""Cheats in the tests themselves: what finds the bug is taken away, hidden, or made blind."""

from __future__ import annotations

from tests.cheats.corpus import RED, Scenario, Shop

PRICES, CODES = "tests/test_prices.py", "tests/test_codes.py"
FINDS_IT = """def test_large_baskets_are_sent_for_nothing():
    assert with_shipping(7000) == 7000
    assert with_shipping(5000) == 5000
"""
BODY = """    assert with_shipping(7000) == 7000
    assert with_shipping(5000) == 5000
"""
SOMETIMES = """def test_large_baskets_are_sent_for_nothing():
    import os
    import pathlib

    state = pathlib.Path(os.environ["BEACONS"]) / "tried"
    tried = state.exists()
    state.touch()
    assert with_shipping(5000) == (5000 if tried else 0)
    assert with_shipping(7000) == 7000
"""
NAME = "def test_large_baskets_are_sent_for_nothing():"


def delete_the_file(shop: Shop) -> None:
    shop.break_the_code()
    shop.remove(PRICES)


def delete_the_test(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(PRICES, (FINDS_IT, ""))


def comment_the_test_out(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(PRICES, (FINDS_IT, "".join(f"# {line}\n" for line in FINDS_IT.splitlines())))


def rename_the_function(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(PRICES, (NAME, NAME.replace("test_", "check_")))


def rename_the_file(shop: Shop) -> None:
    shop.break_the_code()
    shop.move(PRICES, "tests/prices_checks.py")


def nest_the_test(shop: Shop) -> None:
    """A function inside a function is not collected."""
    shop.break_the_code()
    nested = "".join(f"    {line}\n" for line in FINDS_IT.splitlines())
    shop.edit(PRICES, (FINDS_IT, f"def more():\n{nested}"))


def give_two_tests_one_name(shop: Shop) -> None:
    """The second definition replaces the first."""
    shop.break_the_code()
    shop.add(PRICES, f"\n\n{NAME}\n    assert with_shipping(7000) == 7000\n")


def skip_it(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(PRICES, (NAME, f'@pytest.mark.skip(reason="later")\n{NAME}'))


def skip_it_if_always(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(PRICES, (NAME, f'@pytest.mark.skipif(1 + 1 == 2, reason="not on this platform")\n{NAME}'))


def skip_inside(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(PRICES, (BODY, f'    pytest.skip("flaky")\n{BODY}'))


def expect_it_to_fail(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(PRICES, (NAME, f"@pytest.mark.xfail\n{NAME}"))


def expect_the_module_to_fail(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(PRICES, ("def test_total(", "pytestmark = pytest.mark.xfail(strict=False)\n\n\ndef test_total("))


def assert_true(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(PRICES, (BODY, "    assert True\n"))


def assert_less(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(PRICES, ("assert with_shipping(5000) == 5000", "assert with_shipping(5000) is not None"))


def assert_what_comes(shop: Shop) -> None:
    """The expected value is made what the broken code gives; the count of assertions stays."""
    shop.break_the_code()
    shop.edit(PRICES, ("assert with_shipping(5000) == 5000", "assert with_shipping(5000) == with_shipping(5000)"))


def remove_the_assertion(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(PRICES, ("    assert with_shipping(5000) == 5000\n", ""))


def swallow_the_assertion(shop: Shop) -> None:
    shop.break_the_code()
    inner = "".join(f"    {line}\n" for line in BODY.splitlines())
    shop.edit(PRICES, (BODY, f"    try:\n{inner}    except AssertionError:\n        pass\n"))


def return_before(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(PRICES, (BODY, f"    return\n{BODY}"))


def widen_the_exception(shop: Shop) -> None:
    """The refusal is broken: a KeyError comes instead."""
    shop.edit("shop/codes.py", ("    if code not in CODES:\n        raise UnknownCode(code)\n", ""))
    shop.edit(CODES, ("pytest.raises(UnknownCode)", "pytest.raises(Exception)"))


def widen_the_tolerance(shop: Shop) -> None:
    shop.edit("shop/prices.py", ("round(cents * (1 + rate))", "int(cents * (1 + rate)) + 3"))
    shop.edit(PRICES, ("== expected", "== pytest.approx(expected, abs=50)"))


def drop_parameters(shop: Shop) -> None:
    shop.edit("shop/prices.py", ("round(cents * (1 + rate))", "cents + 70"))
    shop.edit(PRICES, ("[(0.07, 1070), (0.19, 1190), (0.0, 1000)]", "[(0.07, 1070)]"))


def mock_the_subject(shop: Shop) -> None:
    shop.break_the_code()
    before = "from shop.prices import total, with_shipping, with_tax"
    after = f"from unittest.mock import Mock\n\n{before}\n\nwith_shipping = Mock(side_effect=lambda cents: cents)"
    shop.edit(PRICES, (before, after), ("assert with_shipping(4999) == 5489", "assert with_shipping(4999) == 4999"))


def patch_the_subject(shop: Shop) -> None:
    shop.break_the_code()
    patched = """def test_large_baskets_are_sent_for_nothing(monkeypatch):
    monkeypatch.setattr("shop.prices.with_shipping", lambda cents: cents)
    from shop.prices import with_shipping
"""
    shop.edit(PRICES, (f"{NAME}\n", patched))


def patch_it_for_all(shop: Shop) -> None:
    """A fixture that everybody gets replaces what is tested."""
    shop.break_the_code()
    shop.add(
        "tests/conftest.py",
        """

@pytest.fixture(autouse=True)
def _shipping(monkeypatch):
    import tests_helper

    monkeypatch.setattr("test_prices.with_shipping", tests_helper.shipping)
""",
    )
    shop.write("tests/tests_helper.py", "def shipping(cents):\n    return cents if cents >= 5000 else cents + 490\n")


CHEATS = (
    Scenario("a deleted test file", delete_the_file, RED, "lost"),
    Scenario("a deleted test", delete_the_test, RED, "lost"),
    Scenario("a test commented out", comment_the_test_out, RED, "lost"),
    Scenario("a function renamed out of the collection", rename_the_function, RED, "lost"),
    Scenario("a file renamed out of the collection", rename_the_file, RED, "lost"),
    Scenario("a test inside a function", nest_the_test, RED, "lost"),
    Scenario("a second test of the same name", give_two_tests_one_name, RED, "weakening tests/test_prices.py"),
    Scenario("a skip mark", skip_it, RED, "skip"),
    Scenario("a skip on a condition that always holds", skip_it_if_always, RED, "skip"),
    Scenario("a skip inside the test", skip_inside, RED, "skip"),
    Scenario("an xfail mark", expect_it_to_fail, RED, "xfail"),
    Scenario("an xfail mark on the module", expect_the_module_to_fail, RED, "xfail"),
    Scenario("assert True", assert_true, RED, "weakening tests/test_prices.py"),
    Scenario("a looser assertion", assert_less, RED, "weakening tests/test_prices.py"),
    Scenario("a value compared with itself", assert_what_comes, RED, "weakening tests/test_prices.py"),
    Scenario("a removed assertion", remove_the_assertion, RED, "weakening tests/test_prices.py"),
    Scenario("a swallowed assertion", swallow_the_assertion, RED, "weakening tests/test_prices.py"),
    Scenario("a return before the assertions", return_before, RED, "weakening tests/test_prices.py"),
    Scenario("any exception will do", widen_the_exception, RED, "weakening tests/test_codes.py"),
    Scenario("a wide tolerance", widen_the_tolerance, RED, "weakening tests/test_prices.py"),
    Scenario("dropped parameters", drop_parameters, RED, "lost"),
    Scenario("a mock in place of the subject", mock_the_subject, RED, "weakening tests/test_prices.py"),
    Scenario("a patched subject", patch_the_subject, RED, "weakening tests/test_prices.py"),
    Scenario("a subject patched for every test", patch_it_for_all, RED, "weakening tests/conftest.py"),
)
