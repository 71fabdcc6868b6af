"""Cheats in what judges: the definition, the baseline, the quarantine, the hooks, and the number of tries."""

from __future__ import annotations

import json

from tests.cheats.cheats_in_scripts import RUN, TEST
from tests.cheats.cheats_in_tests import FINDS_IT, PRICES, SOMETIMES
from tests.cheats.corpus import FLAKY, RED, Got, Scenario, Shop
from tests.support.projects import Journal

TEST_ID = "tests.test_prices::test_large_baskets_are_sent_for_nothing"
BASELINE = "gates/baselines/shop/suite.unit.json"
QUARANTINE = "gates/quarantine.yaml"
ENTRY = """- test: {test}
  owner: somebody
  reason: fails now and then
  ticket: SHOP-12
  expires: {expires}
"""
NEVER, PAST = "2099-12-31", "2020-01-01"


def widen_the_timeout(shop: Shop) -> None:
    """What got slow gets more time."""
    shop.define(("run: ./scripts/test.sh\n        timeout: 30s", "run: ./scripts/test.sh\n        timeout: 10m"))


def take_the_bar_down(shop: Shop) -> None:
    shop.add("shop/codes.py", "\n\ndef untested(cents):\n    if cents > 1:\n        return 1\n    return 2\n")
    shop.define(("lines: -0.5", "lines: -50"))


def tolerate_more(shop: Shop) -> None:
    shop.add("shop/codes.py", "\n\n# TODO: nobody checks the date of a code\n")
    shop.define(("tolerance: 0", "tolerance: 5"))


def stop_comparing(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(PRICES, (FINDS_IT, ""))
    shop.define(('        baseline: {new_failures: 0, lost_tests: 0, skipped: "+0", xfailed: "+0", flaky: 0}\n', ""))


def allow_new_failures(shop: Shop) -> None:
    shop.break_the_code()
    shop.define(("new_failures: 0", "new_failures: 1"))


def edit_the_baseline(shop: Shop) -> None:
    """The failing test is written in as one that always failed."""
    shop.break_the_code()
    text = shop.read(BASELINE)
    line = next(line for line in text.splitlines() if "large_baskets" in line)
    assert '"passed"' in line, line
    shop.edit(BASELINE, (line, line.replace('"passed"', '"failed"')))


def remove_the_baseline(shop: Shop) -> None:
    shop.break_the_code()
    shop.remove(BASELINE)


def forget_a_lost_test(shop: Shop) -> None:
    shop.break_the_code()
    shop.edit(PRICES, (FINDS_IT, ""))
    baseline = json.loads(shop.read(BASELINE))
    baseline["tests"] = {name: outcome for name, outcome in baseline["tests"].items() if "large" not in name}
    shop.write(BASELINE, json.dumps(baseline, indent=1, sort_keys=True) + "\n")


def put_it_in_quarantine(shop: Shop) -> None:
    shop.break_the_code()
    shop.write(QUARANTINE, ENTRY.format(test=TEST_ID, expires=NEVER))


def overstay_the_quarantine(shop: Shop) -> None:
    shop.write(QUARANTINE, ENTRY.format(test=TEST_ID, expires=PAST))
    shop.on_main()
    shop.break_the_code()


def extend_the_quarantine(shop: Shop) -> None:
    overstay_the_quarantine(shop)
    shop.edit(QUARANTINE, (PAST, NEVER))


def quarantine_by_wildcard(shop: Shop) -> Got:
    shop.break_the_code()
    shop.write(QUARANTINE, ENTRY.format(test='"*"', expires=NEVER))
    done = shop.gatekeeper("run", "shop")
    return Got("red" if done.code in {1, 3, 78} else f"exit code {done.code}", done.text)


def make_it_advisory(shop: Shop) -> None:
    shop.break_the_code()
    shop.define(("  suite:\n", "  suite:\n    tier: advisory\n"))


def remove_the_step(shop: Shop) -> None:
    shop.break_the_code()
    text = shop.read("gates/shop.yaml")
    start, end = text.index("  suite:\n"), text.index("  quality:\n")
    shop.write("gates/shop.yaml", text[:start] + text[end:])


def never_apply(shop: Shop) -> None:
    shop.break_the_code()
    shop.define(("run: ./scripts/test.sh", "if: {branch: nowhere}\n        run: ./scripts/test.sh"))


def let_flaky_pass(shop: Shop) -> None:
    shop.define(("retry_unchanged: 0", "retry_unchanged: 1"))
    shop.edit(PRICES, (FINDS_IT, SOMETIMES))
    shop.on_main()
    shop.define(("retry_unchanged: 1", "retry_unchanged: 1, flaky: pass"))


def warn_only(shop: Shop) -> None:
    """Integrity itself is turned down, and a test made blind."""
    shop.break_the_code()
    shop.define(("others: fail", "others: warn"))
    shop.edit(PRICES, (FINDS_IT, FINDS_IT.replace("assert with_shipping(5000) == 5000", "assert True")))


def judge_by_nothing(shop: Shop) -> Journal:
    """The base is taken out of the definition; whoever judges names it from outside."""
    shop.break_the_code()
    shop.define(("integrity: {base: main, others: fail}\n", ""))
    shop.edit(PRICES, (FINDS_IT, FINDS_IT.replace("assert with_shipping(5000) == 5000", "assert True")))
    return shop.run("--judge-by", "main")


def change_it_in_mid_run(shop: Shop) -> None:
    """The step loosens the definition while it is judged by it."""
    shop.break_the_code()
    shop.edit(TEST, (RUN, f"sed -i 's/new_failures: 0/new_failures: 9/' gates/shop.yaml\n{RUN}"))


def accept_in_mid_run(shop: Shop) -> None:
    """The step writes its failing test into its own baseline."""
    shop.break_the_code()
    change = f'sed -i \'/large_baskets/s/"passed"/"failed"/\' {BASELINE}'
    shop.edit(TEST, (RUN, f"{change}\n{RUN}"))


def retry_until_lucky(shop: Shop) -> Journal:
    """The whole run again, on the same tree, until it is green."""
    shop.edit(PRICES, (FINDS_IT, SOMETIMES))
    shop.on_main()
    shop.run()
    return shop.run()


def flaky_inside_a_run(shop: Shop) -> None:
    shop.edit(PRICES, (FINDS_IT, SOMETIMES))
    shop.define(("retry_unchanged: 0", "retry_unchanged: 1"))
    shop.on_main()


def hush_the_hooks(shop: Shop) -> None:
    shop.edit(
        ".github/workflows/ci.yaml",
        ("      - run: gatekeeper run shop\n", "      - run: gatekeeper run shop || true\n"),
    )


def accept_a_failure_unnamed(shop: Shop) -> Got:
    """`baseline accept` makes nothing weaker that is not named."""
    shop.break_the_code()
    shop.run()
    done = shop.accept()
    return Got("red" if done.code == 1 else f"exit code {done.code}", done.text)


CHEATS = (
    Scenario("a widened timeout", widen_the_timeout, RED, "weakening gates/shop.yaml"),
    Scenario("a lowered threshold of coverage", take_the_bar_down, RED, "weakening gates/shop.yaml"),
    Scenario("a wider tolerance of a number", tolerate_more, RED, "weakening gates/shop.yaml"),
    Scenario("no comparison any more", stop_comparing, RED, "weakening gates/shop.yaml"),
    Scenario("new failures allowed", allow_new_failures, RED, "weakening gates/shop.yaml"),
    Scenario("an edited baseline", edit_the_baseline, RED, f"weakening {BASELINE}"),
    Scenario("a removed baseline", remove_the_baseline, RED, "baseline"),
    Scenario("a lost test taken out of the baseline", forget_a_lost_test, RED, f"weakening {BASELINE}"),
    Scenario("a new entry of the quarantine", put_it_in_quarantine, RED, f"weakening {QUARANTINE}"),
    Scenario("an entry past its date", overstay_the_quarantine, RED, "quarantine-expired"),
    Scenario("an entry's date put off", extend_the_quarantine, RED, f"weakening {QUARANTINE}"),
    Scenario("a quarantine for everything", quarantine_by_wildcard, RED, "quarantine"),
    Scenario("a gate made advisory", make_it_advisory, RED, "weakening gates/shop.yaml"),
    Scenario("a removed gate", remove_the_step, RED, "weakening gates/shop.yaml"),
    Scenario("a condition that never holds", never_apply, RED, "weakening gates/shop.yaml"),
    Scenario("flaky may pass", let_flaky_pass, RED, "weakening gates/shop.yaml"),
    Scenario("integrity turned down", warn_only, RED, "weakening"),
    Scenario("integrity turned off, judged by main", judge_by_nothing, RED, "weakening"),
    Scenario("the definition changed in mid-run", change_it_in_mid_run, RED, "large_baskets"),
    Scenario("the baseline changed in mid-run", accept_in_mid_run, RED, "large_baskets"),
    Scenario("run again until it is green", retry_until_lucky, FLAKY, "interval"),
    Scenario("a pass after a failure on one tree", flaky_inside_a_run, FLAKY, "nothing changed"),
    Scenario("a hook of CI that cannot fail", hush_the_hooks, RED, "weakening .github/workflows/ci.yaml"),
    Scenario("a failure accepted without its name", accept_a_failure_unnamed, RED, "large_baskets"),
)
