"""Honest help between rounds: each must pass, and nothing of it may be called a weakening."""

from __future__ import annotations

import json

from tests.cheats.cheats_in_help import AS, CODE, MEND, TESTS, TOUCH, fixer, helped, killed_in_the_call, plain
from tests.cheats.cheats_in_tests import PRICES
from tests.cheats.corpus import GREEN, Got, Scenario, Shop, got


def mended_by_the_fixer(shop: Shop) -> None:
    fixer(MEND, CODE, TESTS)(shop)


def committed_by_the_fixer(shop: Shop) -> None:
    """Its own way of working is told, and nobody's harm."""
    fixer(f"{MEND}; {TOUCH}; {AS} commit -qam 'Mend it'", CODE, TESTS)(shop)


def stashed_and_back(shop: Shop) -> None:
    fixer(f"{AS} stash -q; git stash pop -q; {MEND}", CODE, TESTS)(shop)


def with_its_own_settings(shop: Shop) -> None:
    """Who somebody is, is nothing that git compares by."""
    fixer(f"git config user.name Fixer; git config filter.lfs.process 'git-lfs filter-process'; {MEND}", CODE)(shop)


def with_a_test_of_its_own(shop: Shop) -> None:
    more = r"printf '\n\ndef test_one_more_pays_nothing():\n    assert with_shipping(5001) == 5001\n'"
    fixer(f"{MEND}; {more} >> {PRICES}")(shop)


def mitigated(shop: Shop) -> None:
    """What was in the way lay outside of the tree."""
    stale = json.dumps(str(shop.root.parent / "stale.lock"))
    shop.write(
        "gates/patterns/stale_lock.yaml",
        f"pattern: stale_lock\nclass: infra\ntitle: A lock\nroot_cause: Somebody left a lock.\n"
        f"mitigation: {{run: {json.dumps(f'rm {stale}')}}}\nmatch: {{text: ['the lock is held']}}\n",
    )
    helped(shop, "", mitigate="stale_lock")
    (shop.root.parent / "stale.lock").touch()
    plain(shop, f"a: {{run: {json.dumps(f'if [ -e {stale} ]; then echo the lock is held; exit 1; fi')}, timeout: 10s}}")
    shop.on_main()


def resumed(shop: Shop) -> Got:
    """A run dies while its fixer works, goes on, and is believed."""
    helped(shop, f"{MEND}; touch .git/called; sleep 60", CODE)
    shop.break_the_code()
    answer = killed_in_the_call(shop, lambda _shop: None)
    run = shop.project.journals()[-1].run
    assert "whole" in shop.gatekeeper("verify", run).expect(0).out
    return got(shop, answer)


HONEST = (
    Scenario("mended by the fixer", mended_by_the_fixer, GREEN),
    Scenario("mended and committed by the fixer", committed_by_the_fixer, GREEN, "fixer-committed"),
    Scenario("a fixer that stashes and takes it back", stashed_and_back, GREEN),
    Scenario("a fixer with settings of its own", with_its_own_settings, GREEN, "fixer-edited-git-config"),
    Scenario("a fixer that adds a test", with_a_test_of_its_own, GREEN),
    Scenario("a lock that a mitigation removes", mitigated, GREEN),
    Scenario("a run that died and went on", resumed, GREEN),
)
