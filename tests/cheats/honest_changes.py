"""Honest changes: each must pass, and nothing of it may be called a weakening."""

from __future__ import annotations

from tests.cheats.cheats_in_judgement import BASELINE, ENTRY, NEVER, QUARANTINE, TEST_ID
from tests.cheats.cheats_in_tests import BODY, CODES, FINDS_IT, NAME, PRICES
from tests.cheats.corpus import GREEN, Got, Scenario, Shop, got
from tests.support.projects import Journal


def mend_the_bug(shop: Shop) -> Journal:
    """Red on one tree, green on the next."""
    shop.break_the_code()
    assert shop.run().end["verdict"] == "red"
    shop.edit("shop/prices.py", ("cents > 5000", "cents >= 5000"))
    return shop.run()


def change_nothing(shop: Shop) -> Journal:
    shop.run()
    return shop.run()


def move_a_file(shop: Shop) -> None:
    shop.move(PRICES, "tests/unit/test_prices.py")


def rename_a_test(shop: Shop) -> None:
    shop.edit(PRICES, (NAME, "def test_large_baskets_are_sent_free_of_charge():"))


def rename_a_file(shop: Shop) -> None:
    shop.move(CODES, "tests/test_discounts.py")


def parametrise(shop: Shop) -> None:
    shop.edit(
        CODES,
        (
            """def test_spring_takes_ten_percent():
    assert discount(1000, "SPRING") == 900


def test_friends_get_twenty_percent():
    assert discount(1000, "FRIEND") == 800
""",
            """@pytest.mark.parametrize(("code", "expected"), [("SPRING", 900), ("FRIEND", 800)])
def test_codes_take_their_percent(code, expected):
    assert discount(1000, code) == expected
""",
        ),
    )
    shop.run()
    shop.accept("--step", "suite/unit", *_named("test_spring", "test_friends")).expect(0)


def _named(*names: str) -> list[str]:
    known = {"test_spring": "test_spring_takes_ten_percent", "test_friends": "test_friends_get_twenty_percent"}
    return [word for name in names for word in ("--only", f"tests.test_codes::{known[name]}")]


def skip_with_a_ticket(shop: Shop) -> None:
    """The budget leaves room for one, and the mark says whose it is."""
    shop.define(('skipped: "+0"', 'skipped: "+1"'))
    shop.on_main()
    mark = '@pytest.mark.skipif(True, reason="SHOP-34: empty baskets are not sold until spring")'
    shop.edit(PRICES, ("def test_nothing_costs", f"{mark}\ndef test_nothing_costs"))


def split_a_file(shop: Shop) -> None:
    text = shop.read(PRICES)
    at = text.index("def test_small_baskets")
    until = text.index('@pytest.mark.parametrize(("rate"')
    head = "from shop.prices import with_shipping\n\n\n"
    shop.write("tests/test_shipping.py", f'"""What sending costs."""\n\n{head}{text[at:until].rstrip()}\n')
    shop.write(PRICES, text[:at] + text[until:])
    shop.edit(
        PRICES, ("from shop.prices import total, with_shipping, with_tax", "from shop.prices import total, with_tax")
    )


def make_it_faster(shop: Shop) -> None:
    shop.edit(PRICES, (BODY, f"    import time\n\n    time.sleep(0.3)\n{BODY}"))
    shop.on_main()
    shop.edit(PRICES, ("    import time\n\n    time.sleep(0.3)\n", ""))
    shop.define(("run: ./scripts/test.sh\n        timeout: 30s", "run: ./scripts/test.sh\n        timeout: 20s"))


def add_tests(shop: Shop) -> None:
    shop.add(PRICES, "\n\ndef test_one_cent_less_pays_shipping():\n    assert with_shipping(4999) > 4999\n")


def assert_more(shop: Shop) -> None:
    shop.edit(PRICES, (BODY, f"{BODY}    assert with_shipping(5001) == 5001\n"))


def rework_the_code(shop: Shop) -> None:
    shop.edit(
        "shop/prices.py",
        (
            "    if cents >= 5000:\n        return cents\n    return cents + 490\n",
            "    return cents + (0 if cents >= 5000 else 490)\n",
        ),
    )


def add_tested_code(shop: Shop) -> None:
    shop.add(
        "shop/codes.py", '\n\ndef known(code):\n    """Whether somebody gave it out."""\n    return code in CODES\n'
    )
    shop.edit(CODES, ("import UnknownCode, discount", "import UnknownCode, discount, known"))
    shop.add(CODES, '\n\ndef test_known():\n    assert known("SPRING")\n    assert not known("NOBODY")\n')


def reformat_the_tests(shop: Shop) -> None:
    shop.edit(
        PRICES,
        ("assert with_shipping(5000) == 5000", "assert (\n        with_shipping(5000)\n        == 5000\n    )"),
        (
            "[(0.07, 1070), (0.19, 1190), (0.0, 1000)]",
            "[\n        (0.07, 1070),\n        (0.19, 1190),\n        (0.0, 1000),\n    ]",
        ),
    )


def write_comments(shop: Shop) -> None:
    shop.edit(PRICES, (NAME, f"# From 50.00 on; never assert less here, and skip nothing.\n{NAME}"))
    shop.edit("scripts/test.sh", ("# The whole suite, with a report.", "# The whole suite; no || true, no exit 0."))


def use_a_class(shop: Shop) -> None:
    """The ids change: they are renamed, not lost."""
    inner = "".join(f"    {line}\n" if line else "\n" for line in FINDS_IT.splitlines())
    shop.edit(PRICES, (FINDS_IT, f"class TestShipping:\n{inner}".replace("():", "(self):")))


def use_a_helper(shop: Shop) -> None:
    """Fewer assertions are written, as many are made."""
    shop.edit(
        PRICES,
        (BODY, "    sends_for_nothing(5000)\n    sends_for_nothing(7000)\n"),
        (NAME, f"def sends_for_nothing(cents):\n    assert with_shipping(cents) == cents\n\n\n{NAME}"),
    )


def tighten_the_definition(shop: Shop) -> None:
    shop.define(("lines: -0.5", "lines: 0"), ("within: 2m", "within: 90s"))


def update_the_lock(shop: Shop) -> None:
    shop.edit("requirements.txt", ("pytest==8.3.4", "pytest==8.3.5"))


def another_job_in_ci(shop: Shop) -> None:
    shop.add(".github/workflows/ci.yaml", "      - run: gatekeeper verify latest\n")


def write_docs(shop: Shop) -> None:
    shop.write("README.md", "# The shop\n\nRun `./scripts/test.sh || true` if you only want to look.\n")


def stricter_tests(shop: Shop) -> None:
    shop.edit(CODES, ("pytest.raises(UnknownCode)", 'pytest.raises(UnknownCode, match="NOBODY")'))


def live_with_a_known_failure(shop: Shop) -> None:
    """It failed on main already, and the baseline says so; something else is worked on."""
    shop.break_the_code()
    shop.run()
    shop.accept("--step", "suite/unit", "--only", TEST_ID).expect(0)
    shop.on_main()
    shop.add("shop/codes.py", "\n\n# A comment.\n")


def live_with_a_quarantined_one(shop: Shop) -> None:
    shop.break_the_code()
    shop.write(QUARANTINE, ENTRY.format(test=TEST_ID, expires=NEVER))
    shop.on_main()
    shop.add("shop/codes.py", "\n\n# A comment.\n")


def leave_the_quarantine(shop: Shop) -> Got:
    live_with_a_quarantined_one(shop)
    shop.edit("shop/prices.py", ("cents > 5000", "cents >= 5000"))
    shop.remove(QUARANTINE)
    return got(shop, None)


def mend_a_known_failure(shop: Shop) -> Journal:
    """Fixed, and the baseline made stronger for it."""
    live_with_a_known_failure(shop)
    shop.edit("shop/prices.py", ("cents > 5000", "cents >= 5000"))
    shop.run()
    shop.accept("--step", "suite/unit").expect(0)
    assert '"failed"' not in shop.read(BASELINE)
    return shop.run()


HONEST = (
    Scenario("a bug mended", mend_the_bug, GREEN),
    Scenario("nothing changed, run twice", change_nothing, GREEN),
    Scenario("a test file moved", move_a_file, GREEN),
    Scenario("a test renamed", rename_a_test, GREEN),
    Scenario("a test file renamed", rename_a_file, GREEN),
    Scenario("tests made one with parameters", parametrise, GREEN),
    Scenario("a skip with a ticket, within the budget", skip_with_a_ticket, GREEN),
    Scenario("a test file split", split_a_file, GREEN),
    Scenario("a faster suite", make_it_faster, GREEN),
    Scenario("more tests", add_tests, GREEN),
    Scenario("more assertions", assert_more, GREEN),
    Scenario("code reworked", rework_the_code, GREEN),
    Scenario("code and tests added", add_tested_code, GREEN),
    Scenario("tests formatted anew", reformat_the_tests, GREEN),
    Scenario("comments that sound like cheats", write_comments, GREEN),
    Scenario("a test moved into a class", use_a_class, GREEN),
    Scenario("assertions moved into a helper", use_a_helper, GREEN),
    Scenario("a stricter definition", tighten_the_definition, GREEN),
    Scenario("a newer lock file", update_the_lock, GREEN),
    Scenario("another job in CI", another_job_in_ci, GREEN),
    Scenario("docs that quote a cheat", write_docs, GREEN),
    Scenario("a stricter test", stricter_tests, GREEN),
    Scenario("a failure that was known before", live_with_a_known_failure, GREEN),
    Scenario("a quarantined failure", live_with_a_quarantined_one, GREEN),
    Scenario("out of quarantine", leave_the_quarantine, GREEN),
    Scenario("a known failure mended", mend_a_known_failure, GREEN),
)
