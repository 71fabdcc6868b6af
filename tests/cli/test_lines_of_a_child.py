"""Lines out of a pipe that gives them in pieces: whole, in order, and never more in memory than one may have."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

import pytest

from gatekeeper.cli.several import child_run
from gatekeeper.cli.several.child_run import Lines


@pytest.fixture
def pipe() -> Iterator[tuple[Lines, int]]:
    ours, theirs = os.pipe()
    ends = [ours, theirs]
    yield Lines(ours), theirs
    for end in ends:
        with suppress(OSError):
            os.close(end)


def test_lines_in_pieces(pipe: tuple[Lines, int]) -> None:
    lines, theirs = pipe
    assert list(lines.read()) == []
    os.write(theirs, b"one\ntw")
    assert list(lines.read()) == [b"one"]
    os.write(theirs, b"o\n\nthree")
    assert list(lines.read()) == [b"two", b""]
    os.close(theirs)
    assert list(lines.rest()) == [b"three"]
    assert lines.over


def test_a_line_without_an_end_is_left_out_and_the_next_one_is_not(
    pipe: tuple[Lines, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_run, "LONGEST_LINE", 100)
    lines, theirs = pipe
    for _ in range(5):
        os.write(theirs, b"x" * 60)
        assert list(lines.read()) == []
    assert list(lines.rest()) == []
    os.write(theirs, b"the end of it\nnext\n")
    assert list(lines.read()) == [b"next"]


def test_what_is_there_is_read_although_somebody_else_keeps_the_pipe(pipe: tuple[Lines, int]) -> None:
    """A process that outlived the one that ended may hold the other end: it is not waited for."""
    lines, theirs = pipe
    os.write(theirs, b"one\ntwo\nthr")
    assert list(lines.rest()) == [b"one", b"two"]
    assert not lines.over
