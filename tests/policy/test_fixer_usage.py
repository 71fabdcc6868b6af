"""What a fixer states of its usage is taken exactly, and what it does not state is not known."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.help_events import Usage
from gatekeeper.policy.fixer_usage import LARGEST, read_usage, summed


def stated(**fields: object) -> Usage:
    found = read_usage(json.dumps(fields).encode())
    assert found.findings == ()
    return found.usage


def test_what_is_stated_is_taken_as_it_is() -> None:
    usage = stated(input_tokens=7, output_tokens=3, total_tokens=12, cost=0.0123, source="the bill")
    assert usage == Usage(7, 3, 12, 0.0123, "the bill")


def test_a_total_is_the_sum_only_where_both_parts_are_known() -> None:
    assert stated(input_tokens=7, output_tokens=3).total_tokens == 10
    assert stated(input_tokens=7).total_tokens is None
    assert stated(output_tokens=0).total_tokens is None
    assert stated(total_tokens=9) == Usage(None, None, 9)


def test_nothing_stated_is_nothing_known_and_no_fault() -> None:
    """No file, an empty one, an empty object, and null: never a 0."""
    for content in (None, b"", b" \n", b"{}", b'{"input_tokens": null, "cost": null}'):
        found = read_usage(content)
        assert (found.usage, found.findings) == (Usage(), ())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not json", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[1]", "no JSON object"),
        (b"[" * 60_000, "no JSON"),
        (b" " * LARGEST + b"{}", "more than 64 KiB"),
        (b'{"input_tokens": -1}', "`input_tokens` is no whole number"),
        (b'{"input_tokens": 1.5}', "`input_tokens` is no whole number"),
        (b'{"input_tokens": "7"}', "`input_tokens` is no whole number"),
        (b'{"output_tokens": true}', "`output_tokens` is no whole number"),
        (b'{"total_tokens": 1e999}', "`total_tokens` is no whole number"),
        (b'{"cost": "0.1"}', "`cost` is no number"),
        (b'{"cost": NaN}', "`cost` is no number"),
        (b'{"cost": 1e999}', "`cost` is no amount"),
        (b'{"cost": -0.1}', "`cost` is no amount"),
        (b'{"source": 1}', "`source` is no text"),
    ],
)
def test_garbage_is_told_and_counts_for_nothing(content: bytes, words: str) -> None:
    found = read_usage(content)
    assert found.usage == Usage()
    [finding] = found.findings
    assert words in finding.message
    assert not finding.blocks


def test_one_wrong_number_spoils_no_other_and_no_total_is_made_of_it() -> None:
    found = read_usage(b'{"input_tokens": 7, "output_tokens": "3"}')
    assert found.usage == Usage(7, None, None)


@given(st.binary(max_size=200))
def test_whatever_is_in_the_file_nothing_is_raised(content: bytes) -> None:
    read_usage(content)


def test_calls_are_added_up_only_where_every_one_is_known() -> None:
    known, unknown = Usage(1, 2, 3, 0.1, "bill"), Usage(1, None, None, None, "bill")
    assert summed((known, known, known)) == Usage(3, 6, 9, 0.3, "bill")
    assert summed((known, unknown)) == Usage(2, None, None, None, "bill")
    assert summed((known, known._replace(source="other"))) == Usage(2, 4, 6, None, None)
    assert summed(()) == Usage()
