"""Names of files as text, and which names are left out: pure functions, tried with whatever a name may hold."""

from __future__ import annotations

import fnmatch
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.adapters.repos.leaveout import leave_out
from gatekeeper.adapters.repos.status import parse_hidden, parse_status, parse_unseen, shown, unshown

names = st.binary(min_size=1, max_size=20).filter(lambda name: b"\0" not in name and b"/" not in name)


@given(names)
def test_a_name_as_text_is_one_printable_line_and_stands_for_that_name_alone(name: bytes) -> None:
    """What the log shows can be turned back into the exact name, so that no two names look the same."""
    text = shown(name)
    assert text.isprintable()
    assert text.encode("utf-8")
    assert unshown(text) == name


@given(st.text("ab*?[]!-.c", min_size=1, max_size=8), st.text("abc.-!*?[]", min_size=1, max_size=6))
def test_no_pattern_makes_the_reading_fail(pattern: str, name: str) -> None:
    """Whatever somebody declares as a report, leaving it out answers with yes or no."""
    assert leave_out((f"/nowhere-here/{pattern}",))(os.fsencode(f"/nowhere-here/{name}")) in {True, False}


@given(st.text("ab*?c.", min_size=1, max_size=8), st.text("abc.", min_size=1, max_size=6))
def test_a_plain_glob_means_what_it_means_in_a_shell(pattern: str, name: str) -> None:
    """Stars and question marks match as they do everywhere, inside one name."""
    if pattern in {".", ".."} or name in {".", ".."} or "**" in pattern:
        return
    left_out = leave_out((f"/nowhere-here/{pattern}",))
    assert left_out(os.fsencode(f"/nowhere-here/{name}")) == fnmatch.fnmatchcase(name, pattern)


@pytest.mark.parametrize(
    ("pattern", "path", "left_out"),
    [
        ("/p/reports/*.xml", "/p/reports/a.xml", True),
        ("/p/reports/*.xml", "/p/reports/deep/a.xml", False),
        ("/p/reports/**/*.xml", "/p/reports/a.xml", True),
        ("/p/reports/**/*.xml", "/p/reports/very/deep/a.xml", True),
        ("/p/reports/**", "/p/reports/a", True),
        ("/p/reports/**", "/p/reportsx", False),
        ("/p/dist/*", "/p/dist/folder/file", True),
        ("/p/dist/", "/p/dist/file", True),
        ("/p/dist", "/p/dist.txt", False),
        ("/p/log.md", "/p/log.md", True),
        ("/p/log.md", "/p/logxmd", False),
        ("/p/[ab].md", "/p/b.md", True),
        ("/p/[!ab].md", "/p/b.md", False),
        ("/p/[!ab].md", "/p/c.md", True),
        ("/p/[a-c]/x", "/p/b/x", True),
        ("/p/[^a].md", "/p/^.md", True),
        ("/p/a[b", "/p/a[b", True),
        ("/p/[z-a]", "/p/[z-a]", True),
        ("/p/new\nline", "/p/new\nline", True),
    ],
)
def test_what_a_pattern_names_is_left_out_with_all_below_it(pattern: str, path: str, *, left_out: bool) -> None:
    """The patterns that cycles use, one by one."""
    assert leave_out((pattern,))(os.fsencode(path)) is left_out


def test_what_git_could_not_look_at_is_found_among_what_else_it_says() -> None:
    """Hints, traces and notes on settings are no unread files."""
    assert parse_unseen(
        "hint: use --no-ahead-behind\n"
        "warning: could not open directory 'priv/data/': Permission denied\n"
        "warning: unable to access '/root/.config/git/ignore': Permission denied\n"
        "sub/f: Permission denied\n"
        "12:00:00.000000 git.c:460 trace: built-in: git status\n"
    ) == (("priv/data", "Permission denied"), ("sub/f", "Permission denied"))


def test_a_line_of_git_that_nobody_knows_is_not_passed_over() -> None:
    """A new kind of entry must not make a changed tree look unchanged."""
    with pytest.raises(ValueError, match="which gatekeeper does not know"):
        parse_status(b"# branch.oid abc\0x new kind\0")


def test_flags_are_read_beside_ordinary_files() -> None:
    """Only what git was told not to look at is listed, from the first line to the last."""
    text = b"h 100644 aa 0\ta\0H 100644 bb 0\tb h 1\0S 120000 cc 0\tc\nd\0M 100644 dd 2\te\0"
    assert [(each.path, each.mode, each.sparse) for each in parse_hidden(text)] == [
        (b"a", "100644", False),
        (b"c\nd", "120000", True),
    ]
