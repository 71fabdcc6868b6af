"""Looking for patterns ends, whatever a pattern asks for and whatever a step wrote, and leaves nothing behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from gatekeeper.adapters.patterns import sifting, trying
from gatekeeper.adapters.patterns.recognising import recognised
from gatekeeper.adapters.patterns.trying import Try, try_in_turn
from gatekeeper.model.pattern import Texts
from gatekeeper.policy.patterns.looking import Seen
from tests.adapters.patterns.written import failure, nobody, pattern

CATASTROPHE = r"evil: (?:a+)+b$"
EVIL_LINE = "evil: " + "a" * 60 + "!"
GOOD = Try("good", (Texts(any=("found (?P<what>\\w+)",)),))


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """No process of ours outlives its test."""
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) <= before


@pytest.mark.slow
def test_a_regex_that_never_ends_is_skipped_and_told_of() -> None:
    """The others go on after it, and no process is left."""
    evil = Try("evil", (Texts(any=(CATASTROPHE,)),))
    tried = try_in_turn([evil, GOOD], [EVIL_LINE, "found it"])
    assert tried.pattern == "good"
    assert tried.seen == Seen("found it", (("what", "it"),))
    assert tried.skipped == ("the pattern evil is left out: looking for it took more than 0.5 s of processor time",)


def test_when_the_time_is_over_the_rest_is_told_of() -> None:
    """The bound is on all of it, not only on each."""
    tried = try_in_turn([GOOD], ["found it"], within_s=0.0)
    assert tried.pattern == ""
    assert tried.skipped == ("the pattern good is left out: no time was left to look for it",)


def test_a_process_that_does_not_answer_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it waits rather than works, as on a machine that swaps."""
    monkeypatch.setattr(trying, "_BOOT", "import sys, time; time.sleep(600)")
    tried = try_in_turn([GOOD], ["found it"], within_s=0.3)
    assert tried.skipped == ("the pattern good is left out: looking for it took too long",)


def test_a_process_that_dies_of_something_else_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "_BOOT", "raise SystemExit(9)")
    assert try_in_turn([GOOD], []).skipped == (
        "the pattern good is left out: the process that looks for it ended with 9",
    )


def test_a_regex_that_cannot_be_compiled_is_skipped() -> None:
    tried = try_in_turn([Try("broken", (Texts(any=("brok(en",)),)), GOOD], ["broken (", "found it"])
    assert tried.pattern == "good"
    (told,) = tried.skipped
    assert told.startswith("the pattern broken is left out: error: missing )")


def test_what_a_run_holds_open_and_its_secrets_do_not_reach_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks at lines, and needs neither the environment nor a descriptor but its own three."""
    monkeypatch.setenv("API_TOKEN", "hunter2")
    boot = "import json, os, sys; fds = os.listdir('/proc/self/fd'); "
    boot += "print(json.dumps(['good', ' '.join([*os.environ, *fds]), None]))"
    monkeypatch.setattr(trying, "_BOOT", boot)
    held = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(held, True)
    try:
        (told,) = try_in_turn([GOOD], []).skipped
    finally:
        os.close(held)
    seen = told.removeprefix("the pattern good is left out: ").split()
    assert "API_TOKEN" not in seen
    # Three, and the one that lists the folder.
    assert {each for each in seen if each.isdecimal()} <= {"0", "1", "2", "3"}


@pytest.mark.slow
def test_only_the_pattern_that_hung_is_lost() -> None:
    """All the way: a step's output, a project's pattern that is catastrophic, and a good one of less priority."""
    evil = pattern(pattern="evil_one", priority="99", match=f"{{text: ['{CATASTROPHE}']}}")
    good = pattern(pattern="good_one", match='{text: ["found (?P<what>\\\\w+)"]}', suggestion="take {what}")
    found = recognised((evil, good), failure(f"{EVIL_LINE}\nfound it\n"), nobody)
    assert found.known is not None
    assert (found.known.pattern, found.known.suggestion) == ("good_one", "take it")
    assert found.skipped == ("the pattern evil_one is left out: looking for it took more than 0.5 s of processor time",)


def test_where_nothing_could_match_no_process_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "_BOOT", "raise SystemExit('nobody may start this')")
    found = recognised((pattern(),), failure("all is well\n" * 1000), nobody)
    assert (found.known, found.skipped) == (None, ())


BINARY = bytes(range(256)) * 40 + b"\nit is lost for good\xff\xfe\n" + b"\0" * 1000


@pytest.mark.parametrize("with_grep", [True, False])
def test_bytes_that_are_no_text_hide_nothing(with_grep: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the machine has no grep."""
    if not with_grep:
        monkeypatch.setenv("PATH", "/nowhere")
    assert sifting.sift(BINARY, ("lost for good", "not there")) == ["it is lost for good��"]


COLOURED = b"\x1b[31merror\x1b[0m: lost \x1b[1mfor\x1b[22m good\r\n10 %\r20 %\rlost for good, too\n"


def test_colours_and_carriage_returns_are_taken_out() -> None:
    """A progress bar's line is many lines, and what a terminal obeys stands in no line."""
    assert sifting.sift(COLOURED, ("lost for good",)) == ["error: lost for good", "lost for good, too"]


def test_of_a_long_output_the_head_and_the_end_are_read(tmp_path: Path) -> None:
    """What is cut out never makes one line of two."""
    file = tmp_path / "output.log"
    file.write_bytes(b"first\n" + b"x" * (2 * sifting.LARGEST) + b"\nlast\n")
    read = sifting.read_output(str(file))
    assert len(read) == sifting.LARGEST + 1
    assert read.startswith(b"first\n")
    assert read.endswith(b"\nlast\n")


def test_very_many_lines_that_could_matter_are_cut() -> None:
    """The first and the last of them stay, and lines are cut too."""
    content = b"lost for good, first\n" + b"lost for good\n" * 400_000 + b"lost for good, last" + b"!" * 10_000 + b"\n"
    lines = sifting.sift(content, ("lost for good",))
    assert sum(map(len, lines)) < 3 << 20
    assert lines[0] == "lost for good, first"
    assert lines[-1].startswith("lost for good, last!!!")
    assert len(lines[-1]) == 4096
