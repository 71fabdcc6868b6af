"""Cheats in what comes between rounds: the fixer, mitigations, proofs, what is reused, and runs that go on."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.cheats.cheats_in_judgement import ENTRY, NEVER, QUARANTINE, TEST_ID
from tests.cheats.cheats_in_places import _WHITEWASH as WHITEWASH
from tests.cheats.cheats_in_tests import PRICES
from tests.cheats.corpus import FLAKY, INCONCLUSIVE, RED, Got, Scenario, Shop
from tests.support.projects import Journal

_UNTIL = "until_green: {rounds: 2, retry_unchanged: 0, within: 2m}"
MEND = "sed -i.old 's/cents > 5000/cents >= 5000/' shop/prices.py; rm shop/prices.py.old"
# As long as before: git does not look twice at a file of the same size if a filter tells it what to see.
_FLIP = f"sed -i.old 's/with_shipping(5000) == 5000/with_shipping(5000) != 5000/' {PRICES}; rm {PRICES}.old"
TOUCH = "echo '# looked at' >> shop/prices.py"
AS = "git -c user.name=Fixer -c user.email=fixer@example.test"
_FILTER = (
    f"git show HEAD:{PRICES} > .git/as-it-was; git config filter.same.clean 'cat .git/as-it-was'; "
    f"echo '{PRICES} filter=same' > .git/info/attributes"
)
CODE = 'scope: ["shop/**"]'
_PATTERN = "pattern: bad_luck\nclass: infra\ntitle: Bad luck\nroot_cause: Bad luck\nmatch: {exit: [1]}\n"
TESTS = 'protected: ["tests/**"]'


def helped(shop: Shop, script: str, *keys: str, calls: int = 1, mitigate: str = "") -> None:
    """Give the cycle a fixer that does what `script` says, as `main` has it."""
    listed = "".join(f"    {key}\n" for key in keys)
    fixer = f"  fixer:\n    run: {json.dumps(script)}\n    in: shop\n    calls: {calls}\n{listed}" if script else ""
    allowed = f"  mitigate: [{mitigate}]\n" if mitigate else ""
    shop.define((_UNTIL, f"until_green:\n  rounds: 6\n  retry_unchanged: 0\n  within: 2m\n{allowed}{fixer}"))
    shop.on_main()


def fixer(script: str, *keys: str) -> Callable[[Shop], None]:
    """The bug, and a fixer that does this about it."""

    def does(shop: Shop) -> None:
        helped(shop, script, *keys)
        shop.break_the_code()

    return does


def plain(shop: Shop, *steps: str) -> None:
    """A cycle of plain commands beside the fixer that it has; `steps` are lines of the definition."""
    text = shop.read("gates/shop.yaml")
    lines = "".join(f"      {step}\n" for step in steps)
    shop.write("gates/shop.yaml", f"{text[: text.index('gates:')]}gates:\n  g:\n    steps:\n{lines}")


def _chance(shop: Shop, said: str) -> str:
    """A command that fails the first time that it is run, whatever the code is like."""
    seen = json.dumps(str(shop.root.parent / "seen"))
    return f"if [ ! -e {seen} ]; then touch {seen}; echo {json.dumps(said)}; exit 1; fi"


def _here(name: str, text: str) -> str:
    return f"cat > {name} <<'END'\n{text}END\n"


def launder_a_flake(shop: Shop) -> None:
    """The edit has nothing to do with it: it only gets the step another try."""
    helped(shop, TOUCH)
    plain(shop, f"chance: {{run: {json.dumps(_chance(shop, 'AssertionError'))}, timeout: 10s}}")
    shop.on_main()


def pretend_to_be_the_network(shop: Shop) -> None:
    """A flake says that somebody refused it; who that was it does not say."""
    text = json.dumps(_chance(shop, "connection refused"))
    shop.define((_UNTIL, "until_green: {rounds: 4, retry_unchanged: 1, within: 2m}"))
    plain(shop, f"chance: {{run: {text}, timeout: 10s}}")
    shop.on_main()


def pretend_it_of_the_own_stack(shop: Shop) -> None:
    shop.define((_UNTIL, "until_green: {rounds: 4, retry_unchanged: 1, within: 2m}"))
    text = json.dumps(_chance(shop, "connect ECONNREFUSED 127.0.0.1:8000"))
    plain(shop, f"chance: {{run: {text}, timeout: 10s}}")
    shop.on_main()


def say_it_in_passing(shop: Shop) -> None:
    """The words come long before what the step fails by."""
    more = "; seq 30 | sed 's/^/checked /'; exit 1; fi"
    text = _chance(shop, "curl: (6) Could not resolve host: example.test").replace("; exit 1; fi", more)
    shop.define((_UNTIL, "until_green: {rounds: 4, retry_unchanged: 1, within: 2m}"))
    plain(shop, f"chance: {{run: {json.dumps(text)}, timeout: 10s}}")
    shop.on_main()


def pretend_it_in_a_test(shop: Shop) -> None:
    """The words are a pattern's; the failing test beside them is evidence."""
    helped(shop, "")
    shop.break_the_code()
    shop.edit(
        "shop/prices.py",
        ("    return cents + 490", "    print('Temporary failure in name resolution')\n    return cents + 490"),
    )


def excuse_with_a_pattern(shop: Shop) -> None:
    shop.break_the_code()
    shop.write("gates/patterns/bad_luck.yaml", _PATTERN)
    shop.edit("shop/prices.py", ("cents > 5000", "cents >= 5000"))


def excuse_unseen(shop: Shop) -> None:
    """Git is told, in a file that nobody commits, not to see the quarantine and the pattern."""
    shop.break_the_code()
    shop.write(".git/info/exclude", "gates/quarantine.yaml\ngates/patterns/\n")
    shop.write(QUARANTINE, ENTRY.format(test=TEST_ID, expires=NEVER))
    shop.write("gates/patterns/bad_luck.yaml", _PATTERN)


def mitigate_the_tests(shop: Shop) -> None:
    """The cycle lets everybody weaken what judges, but who helps."""
    shop.write(
        "gates/patterns/too_strict.yaml",
        "pattern: too_strict\nclass: config\ntitle: Too strict\nroot_cause: The test is too strict.\n"
        f"mitigation: {{run: {json.dumps(_FLIP)}}}\nmatch: {{text: ['1 failed, ']}}\n",
    )
    shop.define(("{base: main, others: fail}", "{base: main, others: warn}"))
    helped(shop, "", mitigate="too_strict")
    shop.break_the_code()


def killed_in_the_call(shop: Shop, between: Callable[[Shop], None]) -> Got | Journal:
    going = shop.project.start("run", "shop")
    going.until((shop.root / ".git" / "called").exists, "the fixer has done it")
    going.process.kill()
    going.end()
    between(shop)
    done = shop.gatekeeper("run", "--resume")
    journal = shop.project.journals()[-1]
    return journal if journal.end["verdict"] != "aborted" else Got("aborted", done.text)


def leave_the_branch(shop: Shop) -> Got | Journal:
    """The fixer goes where a step does not apply that never ran, and has gatekeeper die before it is asked for."""
    shop.write("shop/good", "no\n")
    helped(shop, "echo yes > shop/good; git switch -q -c elsewhere; touch .git/called; sleep 60")
    plain(
        shop,
        "first: {run: grep -q yes shop/good, timeout: 10s}",
        "second: {run: 'exit 1', timeout: 10s, needs: [first], if: {branch: work}}",
    )
    shop.on_main()
    return killed_in_the_call(shop, lambda _shop: None)


def go_on_by_another_definition(shop: Shop) -> Got | Journal:
    """The run's own copy is edited while the run is dead."""
    helped(shop, "touch .git/called; sleep 60")
    shop.break_the_code()

    def edited(shop: Shop) -> None:
        [copy] = shop.project.journals()[-1].folder.glob("definition.yaml")
        copy.write_text(copy.read_text("utf-8").replace("run: ./scripts/test.sh", "run: 'true'"), "utf-8")

    return killed_in_the_call(shop, edited)


def go_on_with_weaker_tests(shop: Shop) -> Got | Journal:
    """Nobody saw who did it; the fixer was at work."""
    helped(shop, "touch .git/called; sleep 60")
    shop.break_the_code()
    return killed_in_the_call(shop, lambda shop: shop.edit(PRICES, ("(5000) == 5000", "(5000) != 5000")))


def forge_the_journal(shop: Shop) -> None:
    forge = "for f in .gatekeeper/runs/*/output/*unit*.log; do echo passed > $f; done"
    fixer(f"{MEND}; {forge}")(shop)


CHEATS = (
    Scenario("a fixer that turns the test round", fixer(_FLIP), RED, f"weakening {PRICES}"),
    Scenario(
        "a fixer that edits what is protected",
        fixer(f"{MEND}; {TOUCH.replace('shop/prices', 'tests/new')}", TESTS),
        RED,
        "fixer-protected",
    ),
    Scenario("a fixer that leaves its scope", fixer(f"{MEND}; echo x > README.md", CODE), RED, "fixer-out-of-scope"),
    Scenario(
        "a fixer that commits what it may not",
        fixer(f"{MEND}; {_FLIP}; {AS} commit -qam done", TESTS),
        RED,
        "fixer-protected",
    ),
    Scenario(
        "a fixer that commits and moves the base",
        fixer(f"{_FLIP}; {AS} commit -qam done; git branch -f main HEAD"),
        RED,
        f"weakening {PRICES}",
    ),
    Scenario(
        "a fixer that has git look away",
        fixer(f"{_FLIP}; {TOUCH}; git update-index --assume-unchanged {PRICES}", CODE),
        RED,
        "fixer-out-of-scope",
    ),
    Scenario(
        "a fixer that gives git a filter",
        fixer(
            f"{_FLIP}; {TOUCH}; {_FILTER}",
            CODE,
        ),
        RED,
        "git-filtered",
    ),
    Scenario(
        "a fixer that hides a conftest",
        fixer(f"{TOUCH}; echo conftest.py >> .git/info/exclude\n{_here('conftest.py', WHITEWASH)}", CODE),
        RED,
        "weakening conftest.py",
    ),
    Scenario(
        "a fixer that has a conftest ignored",
        fixer(f"{TOUCH}; echo conftest.py >> .gitignore\n{_here('conftest.py', WHITEWASH)}"),
        RED,
        "weakening conftest.py",
    ),
    Scenario(
        "a fixer that makes the tests a repository",
        fixer(f"{_FLIP}; git -C tests init -q; {AS} -C tests add -A; {AS} -C tests commit -qm x", TESTS),
        RED,
        "fixer-protected",
    ),
    Scenario(
        "a fixer that unstages the tests",
        fixer(f"{_FLIP}; git rm -q --cached -r tests; echo tests >> .git/info/exclude"),
        RED,
        f"weakening {PRICES}",
    ),
    Scenario(
        "a fixer that removes what was kept",
        fixer(f"{MEND}; git reflog expire --expire=now --all; git gc -q --prune=now"),
        INCONCLUSIVE,
        "could not be seen to be what made a step pass",
    ),
    Scenario(
        "a fixer that writes a pattern",
        fixer(f"{MEND}; mkdir -p gates/patterns\n{_here('gates/patterns/bad_luck.yaml', _PATTERN)}"),
        RED,
        "excusing-pattern",
    ),
    Scenario(
        "a fixer that edits the quarantine",
        fixer(f"{TOUCH}\n{_here(QUARANTINE, ENTRY.format(test=TEST_ID, expires=NEVER))}"),
        RED,
        "weakening gates/quarantine.yaml",
    ),
    Scenario(
        "a fixer that edits a script",
        fixer("echo 'exit 0' > scripts/test.sh"),
        INCONCLUSIVE,
        "weakening scripts/test.sh",
    ),
    Scenario("a fixer that writes evidence", forge_the_journal, RED, "evidence-altered"),
    Scenario(
        "a fixer that writes its own brief", fixer(f"{MEND}; echo lies > $GATEKEEPER_BRIEF"), RED, "evidence-altered"
    ),
    Scenario("a flake laundered by an edit", launder_a_flake, FLAKY, "failed and passed although nothing changed"),
    Scenario(
        "a flake that talks of the network",
        pretend_to_be_the_network,
        FLAKY,
        "failed and passed although nothing changed",
    ),
    Scenario(
        "a flake that talks of it in passing", say_it_in_passing, FLAKY, "failed and passed although nothing changed"
    ),
    Scenario("a flake that talks of its own stack", pretend_it_of_the_own_stack, RED, "still fails"),
    Scenario("a test that fails talks of the network", pretend_it_in_a_test, RED, "still fails"),
    Scenario("a pattern that excuses everything", excuse_with_a_pattern, RED, "excusing-pattern"),
    Scenario("a quarantine that git ignores", excuse_unseen, RED, f"weakening {QUARANTINE}"),
    Scenario("a pattern that git ignores", excuse_unseen, RED, "excusing-pattern"),
    Scenario("a mitigation that edits tests", mitigate_the_tests, RED, f"weakening {PRICES}"),
    Scenario("gone from the branch, and killed", leave_the_branch, RED, "still fails"),
    Scenario(
        "resumed by another definition",
        go_on_by_another_definition,
        frozenset({"aborted"}),
        "is not the one that it began with",
    ),
    Scenario("tests edited while the run was dead", go_on_with_weaker_tests, RED, f"weakening {PRICES}"),
)
