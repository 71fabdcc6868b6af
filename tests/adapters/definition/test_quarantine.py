"""The quarantine: five things of every test, and a file that is wrong is never "no quarantine"."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gatekeeper.adapters.definition.quarantine import QUARANTINE, read_quarantine
from gatekeeper.model.demands import QuarantineEntry
from gatekeeper.model.errors import DefinitionError

ENTRY = """\
- test: tests/test_pay.py::test_refund[a*b]
  owner: ada
  reason: the sandbox answers late
  ticket: 12
  expires: 2026-03-31
"""


def refusal(text: str) -> list[str]:
    with pytest.raises(DefinitionError) as refused:
        read_quarantine(text.encode(), QUARANTINE)
    return [str(problem) for problem in refused.value.problems]


def test_an_entry_says_five_things() -> None:
    assert read_quarantine(ENTRY.encode(), QUARANTINE) == (
        QuarantineEntry(
            "tests/test_pay.py::test_refund[a*b]", "ada", "the sandbox answers late", "12", "2026-03-31", line=1
        ),
    )


@pytest.mark.parametrize("text", ["", "# nobody\n", "[]\n", "null\n"])
def test_nobody_is_in_an_empty_one(text: str) -> None:
    assert read_quarantine(text.encode(), QUARANTINE) == ()


@pytest.mark.parametrize("key", ["test", "owner", "reason", "ticket", "expires"])
def test_nothing_of_the_five_may_be_missing(key: str) -> None:
    """Neither left out, nor empty, nor a list."""
    lines = ENTRY.splitlines()
    at = next(number for number, line in enumerate(lines) if line[2:].startswith(key))
    if key != "test":
        without = refusal("\n".join(line for line in lines if line[2:].split(":")[0] != key))
        assert without[0].startswith(f"{QUARANTINE}:1:3: quarantine[0]: the entry has no `{key}`")
    for value in ("", " ''", " [a]"):
        lines[at] = f"{lines[at].split(':')[0]}:{value}"
        (told,) = refusal("\n".join(lines))
        assert told.startswith(f"{QUARANTINE}:{at + 1}:")
        assert f"quarantine[0].{key}: a text is wanted here" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ENTRY.replace("2026-03-31", "2026-02-30"), "5:12: quarantine[0].expires: '2026-02-30' is no day"),
        (ENTRY.replace("2026-03-31", "31.3.2026"), "is no day"),
        (ENTRY.replace("2026-03-31", "20260331"), "is no day"),
        (ENTRY.replace("test_refund", "*"), "1:9: quarantine[0].test: a quarantine takes no wildcards"),
        (ENTRY.replace("owner", "owners"), "did you mean `owner`?"),
        (ENTRY + ENTRY, "6:9: quarantine[1].test: the test"),
        ("test: a\n", "1:1: a quarantine is a list; found a mapping"),
        ("just text\n", "a quarantine is a list"),
        ("- a\n", "1:3: quarantine[0]: an entry is a mapping, found the text 'a'"),
        (ENTRY + "  owner: bo\n", "given twice"),
        ("<<<<<<< HEAD\n" + ENTRY, "this is not YAML"),
        ("- {a: b\n", "this is not YAML"),
        ("#" * (1 << 20) + "\n", "larger than 1 MiB"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, words: str) -> None:
    assert words in "\n".join(refusal(text))


@given(some.text() | some.lists(some.text()).map("\n- ".join))
@settings(max_examples=60, deadline=None)
def test_garbage_is_refused_or_holds_nobody(text: str) -> None:
    with suppress(DefinitionError):
        assert read_quarantine(text.encode("utf-8", "surrogatepass"), QUARANTINE) == ()
