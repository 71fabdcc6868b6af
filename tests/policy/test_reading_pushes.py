"""What git tells of a push is understood whole or refused, and each destination has its cycle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.pushes import (
    Chosen,
    NotAPush,
    RefUpdate,
    age,
    choose_cycle,
    left_to_ci,
    read_updates,
    without_password,
)

A, B, NONE = "a" * 40, "b" * 40, "0" * 40
HOOK = (("main", "full"), ("release/*", "full"), ("feature/*", "quick"), ("refs/tags/*", "none"), ("feature/x", "full"))
OIDS = st.sampled_from([A, B, NONE])
REFS = st.from_regex(r"refs/[a-zé'\"][a-z/é]{0,20}", fullmatch=True)


def test_each_line_is_one_ref() -> None:
    long = "c" * 64
    told = f"refs/heads/main {A} refs/heads/main {B}\nHEAD@{{1 day ago}} {long} refs/heads/x {'0' * 64}\n"
    first, second = read_updates(told.encode())
    assert first == RefUpdate("refs/heads/main", A, "refs/heads/main", B)
    assert (first.branch, first.creates, first.deletes) == ("main", False, False)
    assert (second.local, second.creates) == ("HEAD@{1 day ago}", True)
    (gone,) = read_updates(f"(delete) {NONE} refs/tags/v1 {A}\n".encode())
    assert (gone.deletes, gone.branch) == (True, "")
    assert read_updates(b"") == ()


@given(st.lists(st.tuples(st.text(max_size=8).filter(lambda text: "\n" not in text), OIDS, REFS, OIDS), max_size=4))
def test_whatever_git_says_comes_back(lines: list[tuple[str, str, str, str]]) -> None:
    told = "".join(f"{' '.join(line)}\n" for line in lines)
    assert [tuple(update) for update in read_updates(told.encode("utf-8", "surrogatepass"))] == lines


@given(st.binary(max_size=200))
def test_no_bytes_bring_it_down(told: bytes) -> None:
    try:
        updates = read_updates(told)
    except NotAPush:
        return
    assert len(updates) == told.count(b"\n")


@pytest.mark.parametrize(
    "told",
    [
        "\n",
        "x\n",
        f"main {A} refs/heads/main {B}",
        f"main {A} refs/heads/main {B}\n\n",
        f"main {A[1:]} refs/heads/main {B}\n",
        f"main {A.upper()} refs/heads/main {B}\n",
        f"main {A} main {B}\n",
        f"main {A} refs/heads/a\tb {B}\n",
        f"main {A} refs/heads/main {'0' * 64}\n",
        f"main {A} refs/heads/main {B} more\n",
    ],
)
def test_what_is_not_understood_is_refused(told: str) -> None:
    with pytest.raises(NotAPush):
        read_updates(told.encode())


@pytest.mark.parametrize(
    ("ref", "cycle"),
    [
        ("refs/heads/main", "full"),
        ("refs/heads/release/1/x", "full"),
        ("refs/heads/feature/x", "quick"),
        ("refs/heads/other", "whole"),
        ("refs/tags/v1", "none"),
        ("refs/heads/refs/tags/v1", "whole"),
        ("refs/tags/main", "none"),
        ("refs/notes/main", "whole"),
    ],
)
def test_the_first_glob_that_fits_chooses(ref: str, cycle: str) -> None:
    assert choose_cycle(ref, HOOK, "whole").cycle == cycle


def test_what_is_left_to_ci_is_said() -> None:
    assert left_to_ci(Chosen("full"), "full") == ""
    assert left_to_ci(Chosen("full", "main"), "full") == ""
    assert "quick for feature/*: full is left to CI" in left_to_ci(Chosen("quick", "feature/*"), "full")
    assert "nothing is judged here, full is left to CI" in left_to_ci(Chosen("none", "wip/*"), "full")


@pytest.mark.parametrize(
    ("remote", "shown"),
    [
        ("origin", "origin"),
        ("https://me:secret@host/x@y.git", "https://host/x@y.git"),
        ("https://token@host/x", "https://host/x"),
        ("git@host:x.git", "git@host:x.git"),
    ],
)
def test_no_password_is_written_down(remote: str, shown: str) -> None:
    assert without_password(remote) == shown


def test_an_age_in_its_largest_unit() -> None:
    assert [age(seconds) for seconds in (0, 59.9, 60, 7300, 200_000)] == [
        "0 s ago",
        "59 s ago",
        "1 min ago",
        "2 h ago",
        "2 d ago",
    ]
