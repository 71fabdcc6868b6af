"""Notes that a fixer leaves as Markdown, in the forms in which people and agents write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.events import NoteAdded
from gatekeeper.policy.fixer_notes import LARGEST, MOST_FILES, read_notes

WANTED = NoteAdded("it adds wrong", "a stray 1", "removed it", "test sums", "Arithmetic")


LINES = """Problem: it adds wrong
Root cause: a stray 1
Solution: removed it
Gold nugget: test sums
Domain: Arithmetic"""
HEADINGS = """# Note

## Problem
it adds
wrong
## Root cause

a stray 1
## Solution
removed it
## Gold Nugget
test sums
## Domain
Arithmetic
"""
BOLD = """**Problem:** it adds wrong
**Root cause:** a stray 1
**Solution**: removed it
- **Nugget:** test sums
* Domain: Arithmetic
"""


@pytest.mark.parametrize("text", [LINES, HEADINGS, BOLD, LINES.lower().replace("arith", "Arith").replace("\n", "\r\n")])
def test_headings_bold_words_and_plain_lines_are_read_alike(text: str) -> None:
    found = read_notes((("n.md", text.encode()),))
    assert found.notes == (WANTED,)
    assert found.findings == ()


def test_a_file_may_hold_several_and_they_share_the_domain_before_them() -> None:
    text = b"Domain: D\nProblem: a\nSolution: b\nProblem: c\nRoot cause: d\n"
    assert read_notes((("n.md", text),)).notes == (NoteAdded("a", "", "b", "", "D"), NoteAdded("c", "d", "", "", "D"))


def test_a_sentence_that_begins_with_the_word_begins_no_field() -> None:
    text = b"Problem: sums\nSolution: mended\nProblem solving is fun\nfix it all\n"
    assert read_notes((("n.md", text),)).notes == (
        NoteAdded("sums", "", "mended Problem solving is fun fix it all", ""),
    )


@pytest.mark.parametrize(
    "content", [b"", b"I fixed it.", b"Problem: only that", b"Solution: of what?", None, b"x" * (LARGEST + 1)]
)
def test_what_cannot_be_read_is_told_and_blocks_nothing(content: bytes | None) -> None:
    found = read_notes((("n.md", content),))
    assert found.notes == ()
    [finding] = found.findings
    assert "n.md" in finding.message
    assert not finding.blocks


def test_their_number_and_size_are_bounded() -> None:
    note = b"Problem: " + b"p" * 9000 + b"\nSolution: s\n"
    found = read_notes(tuple((f"{number}.md", note) for number in range(MOST_FILES + 5)))
    assert len(found.notes) == MOST_FILES
    assert all(len(note.problem) == 2000 for note in found.notes)
    assert [finding.message for finding in found.findings] == ["it left 25 files of notes; the first 20 were read"]
    many = read_notes((("n.md", b"Problem: p\nSolution: s\n" * 200),))
    assert len(many.notes) == 50
    assert "200 notes" in many.findings[0].message


@given(st.binary(max_size=300))
def test_whatever_is_in_a_file_nothing_is_raised(content: bytes) -> None:
    read_notes((("n.md", content),))
