"""Whatever a file holds, it is compared, in bearable time; what is the same is never accused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.integrity import diffing
from gatekeeper.policy.integrity.change import FileChange
from gatekeeper.policy.integrity.classify import classify
from gatekeeper.policy.integrity.guarded import kind_of
from gatekeeper.policy.integrity.rules import RULES
from tests.policy.integrity.changes import rules_of, told, worst

ROOT = Path(__file__).resolve().parents[3]
PATHS = (
    *("tests/test_a.py", "a.test.js", "a_test.go", "ATest.java", "a.rs", "ATest.php", "a.bats", "a_spec.rb", "run.sh"),
    *("pytest.ini", "package.json", "jest.config.js", "pom.xml", "tests/conftest.py", ".github/workflows/a.yml"),
    *("gates/baselines/a/b.json", "gates/quarantine.yaml", "gates/a.yaml", "requirements.txt", "Makefile"),
)
BITS = (
    *(
        "def test_a():\n    assert a == 1\n",
        "it('a', () => {",
        "expect(a).toBe(1)",
        "});",
        "@Test void a() {",
        "}",
        "/*",
    ),
    *(
        "'",
        '"',
        "`",
        "#",
        "//",
        "\n",
        " ",
        "\t",
        "|| true",
        "exit 0",
        "{",
        "[",
        "(",
        ")",
        "timeout: 5",
        "- test: a",
        "\0",
    ),
    *("func TestA(t *testing.T) {", "#[test]\nfn a() {", "@pytest.mark.skip", "\\", "if x:\n", "    return\n", "\r\n"),
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(BITS), max_size=12).map("".join))


@given(path=st.sampled_from(PATHS), before=st.none() | TEXTS, after=st.none() | TEXTS)
def test_no_text_is_too_strange_to_be_compared(path: str, before: str | None, after: str | None) -> None:
    changes = told({path: before}, {path: after})
    assert all(reason.partition(":")[0] in RULES for change in changes for reason in change.reasons)


@given(path=st.sampled_from(PATHS), text=TEXTS)
def test_the_same_text_says_nothing(path: str, text: str) -> None:
    kind = kind_of(path, frozenset(PATHS))
    assert kind is not None
    if kind in {"hook", "evidence"} or path.startswith("gates/baselines"):
        return
    assert {change.effect for change in classify([FileChange(path, kind, text, text)])} <= {"neutral"}


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
def test_a_long_file_is_compared_to_its_end(path: str) -> None:
    """What never closes, and what begins again and again, makes careless patterns take for ever."""
    for bit in ("/* ", "'", '"""', "@Test ", "it(", "a" * 50 + " ", "{", "x = [", "# ", "|| "):
        text = (bit * 20_000)[:20_000]
        assert len(told({path: text}, {path: text + "x"})) <= 1, bit


def test_our_own_tests_are_not_accused_of_standing_still() -> None:
    """The suite of this repository, moved to other folders: the same tests, the same assertions."""
    files = {
        str(path.relative_to(ROOT)): path.read_text("utf-8") for path in sorted(ROOT.glob("tests/policy/test_*.py"))
    }
    moved = {path.replace("tests/policy", "tests/rules"): text for path, text in files.items()}
    assert worst(told(files, moved)) == "neutral"


def test_every_rule_says_what_it_means() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) and rule.meaning for name, rule in RULES.items())


def test_what_could_not_be_read_is_not_said_to_be_harmless() -> None:
    (change,) = classify([FileChange("tests/test_a.py", "test", None, None, "it is larger than 1 MiB")])
    assert change.effect == "weakening"
    assert rules_of((change,)) == {"not-compared"}


def test_a_large_lock_file_is_harmless() -> None:
    (change,) = classify([FileChange("package-lock.json", "lock", None, None, "it is larger than 1 MiB")])
    assert change.effect == "neutral"


def test_a_diff_is_cut_and_keeps_its_line_numbers() -> None:
    before = "\n".join(f"line {number}" for number in range(1000))
    after = before.replace("line 500", "LINE 500")
    assert "@@ -498,7 +498,7 @@" in diffing.bounded_diff("a", before, after)
    assert len(diffing.bounded_diff("a", "", before).splitlines()) == diffing.LINES + 3
    assert "(too long to show: 40000 lines became 40000" in diffing.bounded_diff("a", "a\n" * 40_000, "b\n" * 40_000)
