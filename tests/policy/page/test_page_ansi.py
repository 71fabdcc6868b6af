"""The report page: what a line that was written to a terminal looks like."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.page.ansi import PLAIN, Look, Piece, pieces_of


def shown(line: str, look: Look = PLAIN) -> str:
    return "".join(piece.text for piece in pieces_of(line, look)[0])


def test_a_plain_line_is_one_piece() -> None:
    assert pieces_of("all is well") == ((Piece("all is well", PLAIN),), PLAIN)
    assert pieces_of("") == ((), PLAIN)


CODES = {
    "31": Look("red"),
    "1;31": Look("red", bold=True),
    "91": Look("bright-red"),
    "42": Look(behind="green"),
    "38;5;4": Look("blue"),
    "38;5;12": Look("bright-blue"),
    "38;5;208": Look("orange"),
    "38;5;200": Look("magenta"),
    "38;5;236": Look("black"),
    "38;5;255": Look("white"),
    "38;5;99999": PLAIN,
    "38;2;255;10;0;1": Look("red", bold=True),
    "38:2::20:80:240": Look("blue"),
    "38:2:20:80:240": Look("blue"),
    "38:5:28;4:3": Look("green", underlined=True),
    "48;2;90;0;200": Look(behind="purple"),
    "38;2;1": PLAIN,
    "31;7": Look("red", inverse=True),
    "7;27": PLAIN,
    "101": Look(behind="bright-red"),
    "2;3;4": Look(dim=True, italic=True, underlined=True),
    "1;22": PLAIN,
    "31;0": PLAIN,
    "": PLAIN,
    "38": PLAIN,
    "5;99;1000": PLAIN,
}


def test_colours() -> None:
    """The sixteen by name, others by the name that is nearest; what means nothing changes nothing."""
    for codes, look in CODES.items():
        pieces, after = pieces_of(f"a\x1b[{codes}mb")
        assert after == look, codes
        assert [piece.text for piece in pieces] == ["a", "b"]
        assert pieces[-1].look == look


def test_a_colour_goes_on_in_the_next_line() -> None:
    _, look = pieces_of("\x1b[32mgreen")
    assert pieces_of("still\x1b[0m not", look)[0] == (Piece("still", Look("green")), Piece(" not", PLAIN))


def test_progress_is_seen_as_it_was_last_in_the_colour_it_had_then() -> None:
    assert pieces_of("\x1b[31m10%\r50%\r\x1b[32m100%\r")[0] == (Piece("100%", Look("green")),)


def test_what_is_not_seen_and_what_turns_text_around_is_named() -> None:
    assert shown("a\x07b\u202ec\x1b[2Jd\x1b]0;title\x07e") == "a�b�cde"


def test_a_line_that_is_too_long_says_so() -> None:
    assert shown("x" * 5_000) == "x" * 2_000 + " … (3,000 more characters)"
    assert len(shown("\x1b[31m" + "x" * 5_000)) < 2_100


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("\x1b[;m0123\r\x9b"), max_size=60))
def test_whatever_is_written_nothing_is_left_that_a_terminal_obeys(line: str) -> None:
    assert not set(shown(line.replace("\n", ""))) & set("\x1b\x9b\r\x07\u202e\u200f")
