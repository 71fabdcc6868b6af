"""Rows in a window: nothing gets lost, nothing stands out, and what can be copied stays whole."""

from __future__ import annotations

import shlex
import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.adapters.console.layout import Room, Row, graded, height_of, laid, wrapped
from gatekeeper.adapters.console.spans import Span, cells, line, paint

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z", "M"), include_characters=" "), max_size=120)
WIDTHS = st.integers(min_value=24, max_value=220)


def text_of(row: Row, width: int) -> list[str]:
    return [paint(spans, colour=False) for spans in laid(row, width)]


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, max_size=3), WIDTHS, st.integers(min_value=0, max_value=16))
def test_words_break_where_the_window_ends_and_none_is_lost(texts: list[str], width: int, indent: int) -> None:
    """Also words that are wider than the window, and signs that take two columns."""
    told = text_of(Row(line(" " * indent), tuple(map(Span, texts))), width)
    assert all(cells(one) <= width for one in told)
    assert "".join("".join(told).split()) == "".join("".join(texts).split())


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS.filter(str.strip), min_size=1, max_size=6), WIDTHS)
def test_a_command_is_the_same_for_the_shell_wherever_it_breaks(words: list[str], width: int) -> None:
    """It can be copied from a narrow window: a backslash before the end of a line is nothing to the shell."""
    told = "\n".join(text_of(Row(line("  repeat  "), line(shlex.join(words)), "command"), width))
    assert shlex.split(told.replace("\\\n", ""))[1:] == words


def test_a_shell_takes_a_command_from_a_narrow_window() -> None:
    """With every quote there is, and each word on a line of its own."""
    words = ["printf", "%s\\n", "it's a' b", 'x " y', "back\\", "two  spaces", "", "gate/step[os=a b]"]
    command = "\n".join(text_of(Row((), line(shlex.join(words)), "command"), 8))
    assert command.count("\n") == len(words) - 1
    said = subprocess.run(["sh", "-c", command], check=True, capture_output=True, text=True, timeout=60).stdout
    assert said.split("\n")[:-1] == words[2:]


@given(TEXTS, WIDTHS)
def test_what_is_whole_never_breaks(text: str, width: int) -> None:
    """A terminal breaks it, and gives it back in one piece."""
    assert text_of(Row(line("  evidence  "), line(text), "whole"), width) == [f"  evidence  {text}"]


def test_no_window_breaks_nothing() -> None:
    """What goes into a file can be searched line by line."""
    assert text_of(Row(line("why  "), line("word " * 200)), 0) == ["why  " + "word " * 200]


FORMS = st.lists(st.integers(min_value=1, max_value=30), min_size=1, max_size=4).map(
    lambda sizes: [tuple(Row(line(str(n))) for n in range(size)) for size in sorted(sizes, reverse=True)]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(FORMS, max_size=12), st.integers(min_value=0, max_value=60))
def test_what_is_told_fits_and_comes_first(choices: list[list[tuple[Row, ...]]], height: int) -> None:
    """In the order given, each in one of its forms; only the first is told without having room."""
    room = Room(80, height)
    told = graded(choices, room)
    assert bool(told) is bool(choices)
    assert all(form in forms for form, forms in zip(told, choices, strict=False))
    taken = sum(height_of(form, 80) + (len(form) > 1) for form in told)
    assert taken <= height or told == (choices[0][-1],)


@settings(max_examples=100, deadline=None)
@given(TEXTS, WIDTHS)
def test_output_breaks_behind_its_bar(text: str, width: int) -> None:
    """Each piece has it in front, in one column; none of what was written is lost."""
    bar = "    output    │ "
    told = text_of(Row(line(Span("    output    "), Span("│ ")), (Span(text),) if text else (), "output"), width)
    assert all(cells(one) <= width for one in told)
    assert {one.index("│") for one in told} == {bar.index("│")}
    assert "".join(one[len(bar) :] for one in told).replace(" ", "") == text.replace(" ", "")


@settings(max_examples=100, deadline=None)
@given(TEXTS, WIDTHS)
def test_a_line_that_stays_goes_on_below_itself(text: str, width: int) -> None:
    whole = line(Span("  ✗ ", "bad"), Span("g/step  "), Span(text))
    told = [paint(spans, colour=False) for spans in wrapped(whole, width)]
    assert all(cells(one) <= width for one in told)
    assert all(one.startswith("    ") for one in told[1:])
    assert "".join("".join(told).split()) == "".join(paint(whole, colour=False).split())
