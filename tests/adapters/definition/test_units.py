"""Durations and sizes are written by people, in one way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.adapters.definition.units import (
    format_duration,
    format_size,
    instead_of_duration,
    instead_of_size,
    parse_duration,
    parse_size,
)
from tests.adapters.definition.definitions import GATES, HEAD, problem_of, step_of


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("1h30m", 5400),
        ("1h", 3600),
        ("500ms", 0.5),
        ("1s500ms", 1.5),
        ("0s", 0),
        ("007s", 7),
    ],
)
def test_durations_are_read(written: str, seconds: float) -> None:
    """Hours, minutes, seconds, milliseconds, in this order."""
    assert parse_duration(written) == seconds


@pytest.mark.parametrize(
    "written", ["", "5", "s", "5 s", "5S", "30m1h", "1.5s", "-5s", "5s5s", "1d", "٣s", "5s\n", "9" * 20 + "s"]
)
def test_what_is_no_duration_is_none(written: str) -> None:
    """Nothing is guessed at."""
    assert parse_duration(written) is None


@given(st.integers(min_value=0, max_value=10**10))
def test_durations_survive_the_way_there_and_back(milliseconds: int) -> None:
    """What is shown can be written."""
    assert parse_duration(format_duration(milliseconds / 1000)) == milliseconds / 1000


@given(st.integers(min_value=0, max_value=10**12))
def test_sizes_survive_the_way_there_and_back(size: int) -> None:
    """What is shown can be written."""
    assert parse_size(format_size(size)) == size


@given(st.text())
def test_no_text_breaks_the_readers(text: str) -> None:
    """Whatever stands there is read, or is none; and there is always something to say about it."""
    parse_duration(text)
    parse_size(text)
    assert instead_of_duration(text)
    assert instead_of_size(text)


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("120", "write 120s"),
        ("5 minutes", "write 5m"),
        ("90 sec", "write 90s"),
        ("1.5h", "write 1h30m"),
        ("2 days", "write 48h"),
        ("0.25", "write 250ms"),
        ("soon", "write it like 90s, 10m or 1h30m"),
        ("0", "write it like 90s, 10m or 1h30m"),
    ],
)
def test_a_refused_duration_says_what_to_write(written: str, instead: str) -> None:
    """The hint can be copied."""
    problem = problem_of(HEAD + f"gates: {{g: {{steps: {{s: {{run: x, timeout: {written}}}}}}}}}\n")
    assert problem.key == "gates.g.steps.s.timeout"
    assert problem.hint == instead


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("4GB", "write 4GiB"),
        ("512k", "write 512KiB"),
        ("1048576", "write 1MiB"),
        ("big", "write it like 512KiB or 4GiB"),
    ],
)
def test_a_refused_size_says_what_to_write(written: str, instead: str) -> None:
    """The hint can be copied."""
    problem = problem_of(HEAD + f"gates: {{g: {{steps: {{s: {{run: x, limits: {{output: {written}}}}}}}}}}}\n")
    assert problem.hint == instead


def test_memory_in_which_nothing_fits_is_refused() -> None:
    """It is a slip of the unit, and no step would even start."""
    problem = problem_of(HEAD + "gates: {g: {steps: {s: {run: x, limits: {memory: 512KiB}}}}}\n")
    assert (problem.message, problem.hint) == ("no command fits into 512KiB of memory", "write 1MiB or more")


@pytest.mark.parametrize(
    ("written", "words"), [("0s", "no time at all"), ("0h", "no time at all"), ("8000h", "the most")]
)
def test_there_is_no_way_to_have_no_timeout(written: str, words: str) -> None:
    """Neither nothing nor for ever."""
    problem = problem_of(HEAD + f"gates: {{g: {{steps: {{s: {{run: x, timeout: {written}}}}}}}}}\n")
    assert words in problem.message


def test_a_grace_of_nothing_is_allowed() -> None:
    """To be killed at once can be meant."""
    assert step_of("run: x, grace: 0s").grace_s == 0.0


def test_a_range_is_two_durations_in_order() -> None:
    """Classes say from when to when."""
    assert problem_of(HEAD + "classes: {a: {timeout: 5m..1m}}\n" + GATES).hint == "write 1m..5m"
    assert problem_of(HEAD + "classes: {a: {timeout: 5m}}\n" + GATES).hint == "write 5m..5m for exactly that"
    assert "'120'" in problem_of(HEAD + "classes: {a: {timeout: 120..300s}}\n" + GATES).message
