"""Numbers that a step writes or prints: the last one of this attempt counts, and no number is no zero."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.adapters.measures import searching
from gatekeeper.adapters.measures.metrics import MetricFiles
from gatekeeper.adapters.measures.numbers import number_in
from gatekeeper.adapters.measures.searching import last_match, lines_backwards
from gatekeeper.model.demands import MetricSpec
from gatekeeper.model.report import MetricValue
from gatekeeper.policy.masking import Masker
from tests.adapters.measures.measuring import LONG_AGO, Measuring

ANY = r"(-?[0-9][0-9,_]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)"
SIZE = MetricSpec("size", file="dist/size.txt", pattern=ANY)
LINTS = MetricSpec("lints", pattern=r"Found (.*) problems")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12.0),
        (" -1.5\n", -1.5),
        ("+3", 3.0),
        ("1e3", 1000.0),
        ("2.5E-1", 0.25),
        ("1,234,567.5", 1234567.5),
        ("1_234", 1234.0),
        ("12 345", 12345.0),
        ("12\u202f345", 12345.0),
        ("\u22125", -5.0),
        (".5", 0.5),
        ("12 kB", 12.0),
        ("12kB", 12.0),
    ],
)
def test_numbers_as_people_and_tools_write_them(text: str, value: float) -> None:
    """With separators of thousands, exponents, and the unit that was declared."""
    assert number_in(text, "kB") == value


@pytest.mark.parametrize(
    "text", ["", "abc", "nan", "inf", "-Infinity", "1e999", "1,5", "1.2.3", "1,234,56", "0x10", "12 MB", "1_", "1 2"]
)
def test_what_is_no_number_says_so(text: str) -> None:
    """Rather than being read as another one."""
    assert isinstance(number_in(text, "kB"), str)


def test_a_unit_that_was_not_declared_is_no_number() -> None:
    """12 MB after 900 kB would look like progress."""
    assert "declare it with `unit:`" in str(number_in("12 MB", ""))
    assert "to be counted in 'kB'" in str(number_in("12 MB", "kB"))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_python_prints_is_read(value: float) -> None:
    """Also very large and very small ones."""
    assert number_in(repr(value), "") == value
    assert number_in(f"{value:,}", "") == value


@pytest.mark.slow
@given(st.text(max_size=50))
def test_any_text_is_a_finite_number_or_none(text: str) -> None:
    """And never a crash."""
    found = number_in(text, "")
    assert isinstance(found, str) or abs(found) < float("inf")


def test_the_last_match_in_the_output_counts(measuring: Measuring) -> None:
    """As a summary comes last; colours and carriage returns are no part of it."""
    output = "Found 3 problems\rFound 4 problems\n\x1b[1mFound \x1b[31m1,017\x1b[0m problems\x1b[0m\nbye\n"
    assert measuring.metric(LINTS, output) == MetricValue("lints", 1017.0)


def test_a_pattern_that_matches_nothing_much_finds_the_last_text(measuring: Measuring) -> None:
    """Blank is no number, and no reason to look no further."""
    assert measuring.metric(SIZE._replace(file="", pattern="(.*)"), "1\n22  \n \n\n").value == 22.0


def test_no_match_is_no_number(measuring: Measuring) -> None:
    """The problem says what was looked for, and where."""
    value = measuring.metric(LINTS, "all fine\n")
    assert value == MetricValue("lints", None, "nothing in the output matches `Found (.*) problems`")


def test_a_match_that_is_no_number_is_none(measuring: Measuring) -> None:
    """A tool that says `no problems` said no number."""
    assert measuring.metric(LINTS, "Found no problems").problem == "the output: 'no' is no number"


def test_a_probe_has_no_output(measuring: Measuring) -> None:
    """There is nothing to look in."""
    assert measuring.metric(LINTS).value is None


def test_a_file_that_this_attempt_wrote_is_read_and_kept(measuring: Measuring) -> None:
    """Here a number alone, beside text that names none later."""
    measuring.clear(None, SIZE)
    measuring.write("dist/size.txt", "bundle: 10 files\n1,024\n")
    value = measuring.metric(SIZE)
    assert (value.value, value.problem) == (1024.0, "")
    assert (measuring.run_folder / value.file).read_text() == "bundle: 10 files\n1,024\n"


def test_a_number_in_json_is_found_by_its_key(measuring: Measuring) -> None:
    """Whether it is written on one line or on many."""
    spec = SIZE._replace(pattern=r'"total":\s*([-+.\deE]+)')
    for text in ('{"total": 1.5e3, "rest": 2}', '{\n "total":\t12,\n "rest": 2\n}'):
        measuring.write("dist/size.txt", text)
        assert measuring.metric(spec).value in {1500.0, 12.0}


def test_a_number_of_an_earlier_attempt_does_not_count(measuring: Measuring) -> None:
    """However short ago it was written: what lies there is what lay there."""
    measuring.write("dist/size.txt", "1")
    measuring.clear(None, SIZE)
    assert "older than the attempt" in measuring.metric(SIZE).problem
    measuring.write("dist/size.txt", "1")
    assert measuring.metric(SIZE).value == 1.0


def test_an_old_file_with_a_new_name_does_not_count(measuring: Measuring) -> None:
    """It was written long before."""
    measuring.clear(None, SIZE)
    os.utime(measuring.write("dist/size.txt", "1"), (LONG_AGO, LONG_AGO))
    assert measuring.metric(SIZE).value is None


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b"none"])
def test_a_file_without_a_number_is_none(measuring: Measuring, content: bytes | None) -> None:
    """Missing, empty, unreadable or talking of something else."""
    if content is not None:
        measuring.write("dist/size.txt", content)
    value = measuring.metric(SIZE)
    assert value.value is None
    assert value.problem


def test_a_pattern_that_takes_for_ever_is_ended(tmp_path: Path) -> None:
    """And says why there is no number; the others are found nevertheless."""
    output = tmp_path / "output.log"
    output.write_text("a" * 60 + "!\nsize 5\n")
    hopeless = MetricSpec("hopeless", pattern=r"((?:a+)+)b")
    sensible = MetricSpec("size", pattern=r"size (\d+)")
    # A busy machine may need longer for the one that has an end.
    for longest_s in (0.3, 3.0, 20.0):
        files = MetricFiles(str(tmp_path / "run"), Masker(()), longest_s=longest_s)
        values = files.read((hopeless, sensible), str(tmp_path), {}, 0, str(output))
        assert values[0].value is None
        assert f"did not get through the output within {longest_s:g} s" in values[0].problem
        if values[1].value is not None:
            break
    assert values[1] == MetricValue("size", 5.0)


def test_lines_come_from_the_end_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the blocks begin that are read."""
    text = "".join(f"line {number} {'x' * (number % 7)}\r\n" for number in range(60)) + "no end"
    path = tmp_path / "text"
    path.write_bytes(text.encode())
    for size in (1, 2, 3, 7, 64, 4096):
        monkeypatch.setattr(searching, "_BLOCK", size)
        with path.open("rb") as file:
            assert list(reversed(list(lines_backwards(file)))) == text.replace("\r", "").split("\n")


@pytest.mark.slow
def test_a_huge_output_is_searched_from_its_end(tmp_path: Path) -> None:
    """Of a gibibyte its last part is looked at, so that nothing waits for the rest."""
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.write(b"size 1\n")
        file.truncate(1 << 30)
        file.seek(0, 2)
        file.write(b"\nsize 2\n" + b"noise\n" * 100_000)
    with path.open("rb") as file:
        assert last_match(file, r"size (\d+)") == "2"
    value = MetricFiles(str(tmp_path), Masker(())).read((LINTS,), str(tmp_path), {}, 0, str(path))[0]
    assert "(its last 64 MiB are looked at)" in value.problem
