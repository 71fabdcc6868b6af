"""Failures that no pattern knew are grouped by what stays the same in them, whatever came in which order."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatekeeper.adapters.definition.pattern_file import read_pattern
from gatekeeper.policy.patterns.headline import headline_of
from gatekeeper.policy.patterns.likeness import likeness, regex_for
from gatekeeper.policy.patterns.mining import Uncaught, confidence_in, mine
from gatekeeper.policy.patterns.scaffold import name_for, pattern_text

EXIT_3 = (("exit-code", "exit code 3"),)


def failed(
    line: str, run: str = "2026-11-01T00-00-00Z-a-0000", *, step: str = "worker", verdict: str = "failed"
) -> Uncaught:
    return Uncaught(run, "work", step, verdict, exit_code=3, said=EXIT_3, output=("starting", line, "bye"))


def occurrence(folder: str, port: int, lease: int, second: int, token: int) -> str:
    return (
        f"2026-11-27 15:02:{second:02}.{port} LeaseError: lease {lease:032x} of {folder}/queue.db was lost by "
        f"127.0.0.1:{port} after {second}ms "
        f"(session {token:08x}-1234-4abc-8def-{lease % 16**12:012x}) in /tmp/gk-{port}-x/{token}.sock"
    )


FOLDERS = st.lists(st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True), min_size=1, max_size=5).map(
    lambda parts: "/srv/" + "/".join(parts)
)
OCCURRENCES = st.builds(
    occurrence,
    FOLDERS,
    st.integers(1, 65535),
    st.integers(0, 16**32 - 1),
    st.integers(0, 59),
    st.integers(0, 16**8 - 1),
)


@given(OCCURRENCES, OCCURRENCES)
def test_the_same_failure_elsewhere_and_later_is_alike(one: str, other: str) -> None:
    """Folders, ports, times, ids and temporary files tell nothing; and the regex of one finds the other."""
    assert likeness(one) == likeness(other)
    regex = regex_for(likeness(one))
    assert re.search(regex, other)


@given(st.lists(st.tuples(OCCURRENCES, st.integers(0, 9)), min_size=1, max_size=6), st.randoms())
def test_the_order_of_runs_does_not_matter(seen: list[tuple[str, int]], chance: Random) -> None:
    """Whoever reads the runs may read them in any order."""
    failures = [failed(line, f"2026-11-0{run}T00-00-00Z-a-0000") for line, run in seen]
    shuffled = list(failures)
    chance.shuffle(shuffled)
    (group,) = mine(failures)
    assert mine(shuffled) == (group,)
    assert group.runs == tuple(sorted({failure.run for failure in failures}, reverse=True))


WORDS = st.from_regex(r"[a-z]{4,12}", fullmatch=True)


@given(st.lists(WORDS, min_size=2, max_size=6, unique=True))
def test_different_failures_are_different(words: list[str]) -> None:
    """Another word is another failure."""
    found = mine(failed(f"StoreError: the {word} of shard 7 is gone") for word in words)
    assert len(found) == len(words)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=400))
@example("\ufeff")
@example("\uffff of \ufffe")
def test_a_regex_finds_the_line_that_it_was_made_of(line: str) -> None:
    """Or there is none, where too little of the line stays the same; and a pattern file takes it."""
    (group,) = mine([failed(f"StoreError: {line}")])
    text = pattern_text(group, "one", "one.sample.txt")
    if text is not None:
        pattern = read_pattern(text.encode(), "gates/patterns/one.yaml")
        (regex,) = pattern.matches[0].text.any
        assert re.search(regex, group.line)


def test_a_run_counts_once_and_a_group_has_to_be_seen_often_enough() -> None:
    """Attempts of one run are one run; `least` is about runs."""
    once = [failed("LeaseError: gone after 3 s"), failed("LeaseError: gone after 4 s", step="other")]
    (group,) = mine(once)
    assert (group.runs, group.steps) == (("2026-11-01T00-00-00Z-a-0000",), ("work/other", "work/worker"))
    assert mine(once, least=2) == ()


@pytest.mark.parametrize(
    ("runs", "confidence"), [(1, "low"), (2, "low"), (3, "medium"), (4, "medium"), (5, "high"), (99, "high")]
)
def test_confidence_grows_with_runs(runs: int, confidence: str) -> None:
    """High from five, medium from three."""
    assert confidence_in(runs) == confidence


@pytest.mark.parametrize(
    ("output", "line"),
    [
        (
            ["Traceback (most recent call last):", '  File "a.py", line 3, in <module>', "shop.LeaseLost: gone", "bye"],
            "shop.LeaseLost: gone",
        ),
        (["a.c:3:5: error: expected ';'", "make: *** [Makefile:2: a.o] Error 1"], "a.c:3:5: error: expected ';'"),
        (["Error: broker is gone", "    at connect (/srv/a.js:3:1)", "", "Node.js v20.1.0"], "Error: broker is gone"),
        (["error: no shard 7", "warning: unknown key", "done"], "error: no shard 7"),
        (["could not reach shard 7", "done"], "could not reach shard 7"),
        (["one", "two", "  "], "two"),
        ([], ""),
    ],
)
def test_the_line_that_tells_it(output: list[str], line: str) -> None:
    """A named error before talk of trouble before the last line; how it ended, never: too many end alike."""
    assert headline_of(EXIT_3, output) == line


def test_what_else_speaks_against_a_step_is_heard_first() -> None:
    """A finding beyond the exit code says more than the output."""
    said = (*EXIT_3, ("tests-failed", "test_cart.py::test_total: 1 != 2"))
    assert headline_of(said, ["error: old news"]) == "test_cart.py::test_total: 1 != 2"


def test_of_a_timeout_it_tells_why_it_hung() -> None:
    """That its time was over says nothing; every timeout would be the same."""
    over = "ended at its hard timeout, after 3.0 s"
    assert (
        headline_of((("timeout", f"{over}; hung: `cat` (pid 7) was waiting"),), []) == "hung: `cat` (pid 7) was waiting"
    )
    assert headline_of((("timeout", over),), ["waiting for shard 7"]) == "waiting for shard 7"
    (group,) = mine(
        [Uncaught("r", "a", "b", "timed-out", said=(("timeout", f"{over}; hung: `cat` (pid 7) was waiting"),))]
    )
    text = pattern_text(group, "one", "one.sample.txt")
    assert text is not None
    (regex,) = read_pattern(text.encode(), "gates/patterns/one.yaml").matches[0].text.any
    assert re.search(regex, f"{over}; hung: `cat` (pid 123) was waiting")
    assert not re.search(regex, over)


def test_a_draft_is_about_whole_lines() -> None:
    """What only begins alike, or has it in its midst, is something else."""
    (group,) = mine([failed("StoreError: shard 7 is gone")])
    regex = regex_for(group.like)
    assert re.search(regex, "  StoreError: shard 12 is gone ")
    assert not re.search(regex, "StoreError: shard 12 is gone, but a copy is there")
    assert not re.search(regex, "ignored StoreError: shard 12 is gone")


def test_a_draft_can_be_seen_to_be_one() -> None:
    """What a person has to say is TODO, the class is `code`, and where it comes from and how to try it stand there."""
    (group,) = mine(
        failed(f"LeaseError: the lease of shard {n} was taken over", f"2026-11-0{n}T00-00-00Z-a-0000")
        for n in range(1, 7)
    )
    name = name_for(group, {"leaseerror_lease_shard_taken"})
    assert name == "leaseerror_lease_shard_taken_2"
    text = pattern_text(group, name, f"{name}.sample.txt")
    assert text is not None
    pattern = read_pattern(text.encode(), f"gates/patterns/{name}.yaml")
    assert pattern.class_ == "code"
    assert all(said.startswith("TODO") for said in (pattern.title, pattern.root_cause, pattern.suggestion))
    assert "6 runs (confidence: high)" in text
    assert f"gatekeeper patterns test {name}.sample.txt --only {name}" in text


def test_a_long_line_is_told_by_its_beginning() -> None:
    """However it goes on."""
    (group,) = mine(failed(f"StoreError: {'shard 7, ' * 50}{end}", f"2026-11-0{n}") for n, end in enumerate(("a", "b")))
    text = pattern_text(group, "one", "one.sample.txt")
    assert text is not None
    read_pattern(text.encode(), "gates/patterns/one.yaml")


def test_too_little_stays_the_same() -> None:
    """Without four plain characters in a row no regex is made."""
    (group,) = mine([Uncaught("2026-11-01T00-00-00Z-a-0000", "a", "b", "failed", output=("12 % 7",))])
    assert pattern_text(group, "one", "one.sample.txt") is None
