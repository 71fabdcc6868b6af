"""Two definitions are compared as what they compile to: another layout is nothing, a weaker demand is told by name."""

from __future__ import annotations

import pytest

from gatekeeper.adapters.definition.loading import compile_bytes
from gatekeeper.model.plan import Plan
from tests.policy.integrity.changes import rules_of, told, worst

PATH = "gates/shop.yaml"
BEFORE = """
gatekeeper: 1
cycle: shop
until_green:
  {rounds: 3, flaky: fail, retry_unchanged: 1, confirm: 1, prove_fix: fixer, mitigate: [git_lock, dns_failure],
   fixer: {run: ./fix.sh, scope: [src, docs], protected: [tests, gates]}}
integrity: {fixer: fail, others: fail, base: main}
classes:
  suite: {timeout: 60s..300s}
gates:
  lint:
    steps:
      ruff: {run: ruff check, timeout: 30s}
  suite:
    steps:
      unit:
        run: pytest tests
        class: suite
        quiet: 30s
        inputs: [src, tests]
        report: {junit: reports/junit.xml}
        baseline: {new_failures: 0, skipped: 5, xfailed: "+0"}
        coverage: {file: coverage.xml, lines: -0.5, branches: 80}
        metrics:
          todos: {file: todos.txt, better: lower, tolerance: 0, limit: 100}
      health:
        http: GET http://127.0.0.1/health
        expect: {status: 200, json: {"$.ok": {equals: true}}, within: 2s}
"""


def plan(text: str) -> Plan:
    return compile_bytes(text.encode(), PATH, root="/")


def compared(*changes: tuple[str, str], before: str = BEFORE) -> tuple[set[str], str]:
    after = before
    for old, new in changes:
        assert old in after, old
        after = after.replace(old, new, 1)
    found = told({PATH: before}, {PATH: after}, {PATH: (plan(before), plan(after))})
    return rules_of(found), worst(found)


UNIT = BEFORE[BEFORE.index("      unit:") : BEFORE.index("      health:")]
WEAKER = {
    "a longer timeout": (("timeout: 30s", "timeout: 10m"), "wider-timeout"),
    "a baseline of another branch": (("new_failures: 0", "ref: side, new_failures: 0"), "other-evidence"),
    "coverage of another file": (("file: coverage.xml", "file: kept.xml"), "other-evidence"),
    "a number found otherwise": (("file: todos.txt", "file: none.txt"), "other-evidence"),
    "another folder": (("{run: ruff", "{in: elsewhere, run: ruff"), "other-evidence"),
    "a folder of the repo": (("gates:\n", "repos: {shop: {path: src}}\ngates:\n"), "other-evidence"),
    "a plugin by a variable": (("{run: ruff", "{env: {PYTEST_PLUGINS: shop.w}, run: ruff"), "runner-hook"),
    "a longer class": (("60s..300s", "60s..900s"), "wider-timeout"),
    "a longer silence": (("quiet: 30s", "quiet: 60s"), "wider-timeout"),
    "no limit of silence": (("        quiet: 30s\n", ""), "wider-timeout"),
    "advisory": (("  lint:\n", "  lint:\n    tier: advisory\n"), "lower-tier"),
    "a step less": ((UNIT, ""), "removed-step"),
    "a gate less": (("  lint:\n    steps:\n      ruff: {run: ruff check, timeout: 30s}\n", ""), "removed-gate"),
    "no report": (
        (UNIT, UNIT[: UNIT.index("        report")] + "        report: {junit: reports/junit.xml, optional: true}\n"),
        "removed-demand",
    ),
    "a report that need not be": (("junit.xml}", "junit.xml, optional: true}"), "laxer-policy"),
    "an empty report": (("junit.xml}", "junit.xml, allow_empty: true}"), "laxer-policy"),
    "a new failure": (("new_failures: 0", "new_failures: 1"), "higher-limit"),
    "more skips": (("skipped: 5", "skipped: 50"), "higher-limit"),
    "any number of skips": (("skipped: 5, ", ""), "removed-demand"),
    "less coverage": (("lines: -0.5", "lines: -5"), "lower-threshold"),
    "fewer branches": (("branches: 80", "branches: 8"), "lower-threshold"),
    "no branches": ((", branches: 80", ""), "removed-demand"),
    "a tolerance": (("tolerance: 0", "tolerance: 5"), "higher-limit"),
    "a higher limit": (("limit: 100", "limit: 1000"), "higher-limit"),
    "no numbers": (
        ("        metrics:\n          todos: {file: todos.txt, better: lower, tolerance: 0, limit: 100}\n", ""),
        "removed-demand",
    ),
    "flaky will do": (("flaky: fail", "flaky: pass"), "laxer-policy"),
    "more tries": (("retry_unchanged: 1", "retry_unchanged: 5"), "laxer-policy"),
    "no confirmation": (("confirm: 1", "confirm: 0"), "laxer-policy"),
    "fixes need no proof": (("prove_fix: fixer", "prove_fix: never"), "laxer-policy"),
    "one mitigation more": (("[git_lock, dns_failure]", "[git_lock, dns_failure, disk_full]"), "laxer-policy"),
    "the fixer may change more": (("[src, docs]", "[src, docs, lib]"), "laxer-policy"),
    "the fixer may change all": (("scope: [src, docs], ", ""), "laxer-policy"),
    "less is protected": (("[tests, gates]", "[tests]"), "laxer-policy"),
    "the fixer works elsewhere": (("{run: ./fix.sh", "{in: elsewhere, run: ./fix.sh"), "laxer-policy"),
    "depends on less": (("inputs: [src, tests]", "inputs: [src]"), "laxer-policy"),
    "depends on something else": (("inputs: [src, tests]", "inputs: [docs, tests]"), "laxer-policy"),
    "is not run for every change": (("timeout: 30s", "timeout: 30s, inputs: src"), "laxer-policy"),
    "others may": (("others: fail", "others: warn"), "laxer-policy"),
    "no base": ((", base: main", ""), "laxer-policy"),
    "a condition": (("timeout: 30s", "timeout: 30s, if: {branch: [release]}"), "new-condition"),
    "or true": (("run: pytest tests", "run: pytest tests || true"), "exit-code-lost"),
    "true": (("run: pytest tests", "run: 'true'"), "changed-command"),
    "fewer tests": (("run: pytest tests", "run: pytest tests/unit"), "narrower-command"),
    "any answer": (("status: 200", "status: [200, 500]"), "lower-threshold"),
    "another answer": ((', json: {"$.ok": {equals: true}}', ""), "removed-demand"),
    "a slower answer": (("within: 2s", "within: 20s"), "wider-timeout"),
}
STRONGER = {
    "a shorter timeout": (("timeout: 30s", "timeout: 10s"), "narrower-timeout"),
    "a step more": (("      ruff:", "      mypy: {run: mypy, timeout: 30s}\n      ruff:"), "more-steps"),
    "fewer skips": (("skipped: 5", "skipped: 0"), "lower-limit"),
    "more coverage": (("branches: 80", "branches: 90"), "higher-threshold"),
    "every fix needs a proof": (("prove_fix: fixer", "prove_fix: always"), "stricter-policy"),
    "one mitigation less": (("[git_lock, dns_failure]", "[git_lock]"), "stricter-policy"),
    "the fixer may change less": (("[src, docs]", "[src]"), "stricter-policy"),
    "more is protected": (("[tests, gates]", "[tests, gates, docs]"), "stricter-policy"),
    "depends on more": (("inputs: [src, tests]", "inputs: [src, tests, docs]"), "stricter-policy"),
    "depends on all": (("        inputs: [src, tests]\n", ""), "stricter-policy"),
    "one more demand": (("timeout: 30s", "timeout: 30s, report: {tap: a.tap}"), "more-demands"),
}
NEUTRAL = {
    "a comment": ("gatekeeper: 1", "# what we ask\ngatekeeper: 1"),
    "a title": ("cycle: shop", "cycle: shop\ntitle: The shop"),
    "another layout": ("{run: ruff check, timeout: 30s}", "{timeout: 30s,   run: ruff check}"),
    "a step has another name": ("ruff:", "format:"),
    "a gate has another name": ("  lint:", "  style:"),
    "an artifact": ("timeout: 30s", "timeout: 30s, artifacts: [a.txt]"),
    "a fixer's goal": ("{run: ./fix.sh", "{goal: be green, run: ./fix.sh"),
    "inputs in another order": ("[src, tests]", "[tests, src]"),
    "more rounds": ("rounds: 3", "rounds: 5"),
}


@pytest.mark.parametrize(("change", "rule"), WEAKER.values(), ids=WEAKER)
def test_a_weaker_demand_is_told(change: tuple[str, str], rule: str) -> None:
    rules, effect = compared(change)
    assert rule in rules
    assert effect == "weakening"


@pytest.mark.parametrize(("change", "rule"), STRONGER.values(), ids=STRONGER)
def test_a_stronger_demand_is_told(change: tuple[str, str], rule: str) -> None:
    rules, effect = compared(change)
    assert rule in rules
    assert effect == "strengthening"


@pytest.mark.parametrize("change", NEUTRAL.values(), ids=NEUTRAL)
def test_what_asks_as_much_is_neutral(change: tuple[str, str]) -> None:
    assert compared(change)[1] == "neutral"


def test_a_definition_that_is_gone_or_broken_is_told() -> None:
    assert rules_of(told({PATH: BEFORE}, {}, {PATH: (plan(BEFORE), None)})) == {"guard-removed"}
    assert rules_of(told({PATH: BEFORE}, {PATH: "no"}, {PATH: (plan(BEFORE), None)})) == {"not-compared"}
