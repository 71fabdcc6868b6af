"""Words in documents: whole words, wrapped phrases, prose told from code, and nothing that a reader does not see."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.ready_made.markdown import CODE, HIDDEN, PROSE, Where, kinds
from gatekeeper.policy.ready_made.wording import Rule, forbidden, places, required

TICKS = "```"


def found(text: str, word: str = "master", where: Where = "prose", file: str = "a.md", pattern: str = "") -> list[str]:
    """The places of `word` (or `pattern`) as ``line:column``."""
    rule = Rule("" if pattern else word, pattern, "", where)
    return [f"{spot.line}:{spot.column}" for spot in places(rule, text, file)]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("the master branch", True),
        ("master", True),
        ("(master)", True),
        ("master-key", True),
        ("a master.", True),
        ("webmaster", False),
        ("masters", False),
        ("master_key", False),
        ("Master", False),
        ("ümaster", False),
    ],
)
def test_a_word_is_a_whole_word(text: str, seen: bool) -> None:
    """Letters, digits and underscores around it make it another one."""
    assert bool(found(text)) is seen


def test_a_text_may_begin_or_end_with_what_is_no_letter() -> None:
    """Then nothing is asked of its neighbours on that side."""
    assert found("see C++11", "C++") == ["1:5"]
    assert found("a--yes b", "--yes") == ["1:2"]
    assert found("a--yesterday", "--yes") == []


@pytest.mark.parametrize("text", ["hard  timeout", "hard\ntimeout", "> hard\n> timeout"])
def test_a_phrase_may_be_wrapped(text: str) -> None:
    """Over blanks, lines, and the marks of a quote."""
    assert len(found(text, "hard timeout")) == 1


def test_every_place_is_told_with_line_and_column() -> None:
    """Of a pattern, too; a line is a line of the pattern's `^` and `$`."""
    assert found("master\n\n a master master", "master") == ["1:1", "3:4", "3:11"]
    assert found("x\nTODO: y\nnot TODO", pattern="^TODO") == ["2:1"]


@pytest.mark.parametrize(
    "text",
    [
        f"{TICKS}\nmaster\n{TICKS}\n",
        f"{TICKS}sh\nmaster\n{TICKS}\n",
        "~~~\nmaster\n~~~\n",
        f"{TICKS}`\nmaster\n{TICKS}\nmaster\n{TICKS}`\n",
        f"~~~\n{TICKS}\nmaster\n~~~\n",
        f"> {TICKS}\n> master\n> {TICKS}\n",
        f"- {TICKS}\n  master\n  {TICKS}\n",
        f"1. a\n\n   {TICKS}\n   master\n   {TICKS}\n",
        f"{TICKS}\nmaster",
        "text\n\n    master\n",
        "\tmaster\n",
        "run `git checkout master` first",
        "run ``a ` master`` first",
        "run `git\nmaster` first",
    ],
)
def test_code_is_no_prose(text: str) -> None:
    """Fences of every kind, indented code, spans; it is found where code counts."""
    assert found(text) == []
    assert found(text, where="code") != []
    assert found(text, where="everywhere") != []


@pytest.mark.parametrize(
    "text",
    [
        f"{TICKS}\ncode\n{TICKS}\nmaster",
        f"> {TICKS}\n> code\nmaster",
        "text\n    master",
        "- item\n\n    master",
        "an unclosed ` and master",
        "`a` master `b`",
        r"\`not code\` master",
        "a `x\n\nmaster` y",
        f"{TICKS} a ` b\nmaster",
        "master <!-- x -->",
    ],
)
def test_prose_is_no_code(text: str) -> None:
    """After a fence, in a lazy line, in a list, between two spans."""
    assert found(text) != []
    assert found(text, where="code") == []


def test_what_no_reader_sees_counts_nowhere() -> None:
    """A comment neither breaks a rule nor keeps one; in a fence it is code like the rest."""
    assert found("a <!-- master --> b", where="everywhere") == []
    assert found("a <!-- b\n\nmaster", where="everywhere") == []
    assert found(f"{TICKS}\n<!-- master -->\n{TICKS}", where="code") == ["2:6"]


def test_a_file_that_is_no_markdown_is_prose_from_end_to_end() -> None:
    """It has no fences that we know of."""
    assert found("    master `master`", file="a.txt") == ["1:5", "1:13"]


def test_what_is_said_of_a_finding() -> None:
    """The words, the place, the reason."""
    (spot,) = forbidden(Rule("old name", "", "it is called new now", "prose"), "the old\nname", "docs/a.md")
    assert str(spot) == "docs/a.md:1:5: 'old name' may not stand here: it is called new now"
    (spot,) = required(Rule("", "v[0-9]+", "", "prose"), "`v1`", "docs/a.md")
    assert str(spot) == "docs/a.md: /v[0-9]+/ is required in its prose and is not there"
    assert required(Rule("", "v[0-9]+", "", "everywhere"), "`v1`", "docs/a.md") == ()


@given(st.text(alphabet=f"ab` ~>-\n\t\\{'<!-->'}1.*", max_size=200))
def test_every_character_is_of_one_kind(text: str) -> None:
    """Whatever the text is, it is read to its end."""
    of_each = kinds(text)
    assert len(of_each) == len(text)
    assert set(of_each) <= {PROSE, CODE, HIDDEN}


@given(st.text(max_size=30), st.text(max_size=100))
def test_no_text_breaks_the_search(word: str, text: str) -> None:
    """A text is a text, not a pattern."""
    if word.strip():
        assert all(re.search(r"\S", spot.message) for spot in places(Rule(word, "", "", "everywhere"), text, "a.md"))
