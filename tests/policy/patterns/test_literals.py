"""What a regex cannot match without: found without understanding all of it, and never wrong."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.patterns.literals import literals_of

KNOWN = [
    (r"No module named '(?P<module>\w+)'", ("No module named '",)),
    (r"^bash: line \d+: (?P<name>[^:]+): command not found$", (": command not found",)),
    (r"EADDRINUSE|[Aa]ddress already in use", ("EADDRINUSE", "ddress already in use")),
    (r"(?:EADDRINUSE|already in use): .*:(?P<port>\d+)$", ("EADDRINUSE", "already in use")),
    (r"python3\\r", (r"python3\r",)),
    (r"colou?r is wrong", ("r is wrong",)),
    (r"(?:maybe)?certain", ("certain",)),
    (r"(?:maybe)*certain", ("certain",)),
    (r"(?:surely)+and", ("surely",)),
    (r"abcd+efgh", ("abcd",)),
    (r"wait{0,3}ing for", ("ing for",)),
    (r"\x41\x42CDEFG", ("CDEFG",)),
    (r"(?=ahead)behind", ("behind",)),
    (r"(?<!not )found it", ("found it",)),
    (r"[]abc]defgh[^]]x", ("defgh",)),
]


@pytest.mark.parametrize(("regex", "literals"), KNOWN)
def test_the_longest_certain_run_is_taken(regex: str, literals: tuple[str, ...]) -> None:
    assert literals_of(regex) == literals


@pytest.mark.parametrize("regex", [r"\w+: \w+", r"abc", r"ERROR|.*", r"(?:long enough)?", r"a.b.c.d", r"[abcd]{4}", ""])
def test_what_matches_almost_anything_has_none(regex: str) -> None:
    """An alternative that needs nothing takes it away from the others, too."""
    assert literals_of(regex) == ()


WORDS = st.sampled_from(["fail", "error", "E", ".", ":", "no such"])


@st.composite
def regexes(draw: st.DrawFn, depth: int = 2) -> str:
    atoms = st.one_of(
        WORDS.map(re.escape),
        st.sampled_from(
            [r"\d", r"\w+", ".", "[ab]", r"[^\]]", r"\x45", r"\b", "^", "$", r"\.", "(?:)", "(?=x)", "(?!q)"]
        ),
    )
    if depth:
        atoms = st.one_of(
            atoms,
            regexes(depth - 1).map(lambda inner: f"(?:{inner})"),
            regexes(depth - 1).map(lambda inner: f"({inner})"),
        )
    parts = [
        draw(atoms) + draw(st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{0,1}", "*?", "+?", "??"]))
        for _ in range(draw(st.integers(1, 4)))
    ]
    rest = f"|{draw(regexes(depth - 1))}" if depth and draw(st.booleans()) else ""
    return "".join(parts) + rest


@given(regexes(), st.lists(st.one_of(WORDS, st.sampled_from(["x", "1", "a", " ", "E"])), max_size=8).map("".join))
def test_where_a_regex_matches_one_of_its_literals_stands(regex: str, text: str) -> None:
    """The one thing that matters: what is passed over for want of a literal could not have matched."""
    try:
        compiled = re.compile(regex)
    except re.error:
        return
    literals = literals_of(regex)
    if compiled.search(text) and literals:
        assert any(literal in text for literal in literals), literals
