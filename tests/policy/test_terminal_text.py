"""What a step wrote to a terminal is shown as a terminal would have left it, and gives no orders to one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.terminal_text import settled


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain", "plain"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\x1b]0;no end\nnext\nmore", "a\nnext\nmore"),
        ("\x1b(Btext\x1b7\x1b8", "text"),
        ("\x9b31mred", "red"),
        ("10%\r50%\r100%", "100%"),
        ("10%\r\x1b[2K100%\r\ndone\r\n", "100%\ndone\n"),
        ("50%\r", "50%"),
        ("a\x00b\x08c\x7f", "a?b?c?"),
        ("evil \u202etxt.exe\u2066 \ud800", "evil ?txt.exe? ?"),
        ("tab\tstays\n", "tab\tstays\n"),
        ("\x1b", "?"),
    ],
)
def test_what_is_left(text: str, seen: str) -> None:
    assert settled(text, "?") == seen


@given(st.text(alphabet=st.characters(max_codepoint=0x2100), max_size=80))
def test_nothing_is_left_that_a_terminal_obeys(text: str) -> None:
    """Whatever it is made of, also where taking one sequence away makes another."""
    left = settled(text, " ")
    assert not any((ord(c) < 32 and c not in "\t\n") or 0x7F <= ord(c) < 0xA0 for c in left)
