"""What of a change is shown: the lines that tell, bounded, and never what may be secret."""

from __future__ import annotations

import pytest

from gatekeeper.model.event_parts import FileDiff
from gatekeeper.policy.essence import FILES, LINES, LINES_OF_A_FILE, Changed, essence


def text(lines: int, **replaced: str) -> str:
    return "\n".join(replaced.get(f"at{number}", f"line {number}") for number in range(lines)) + "\n"


def test_a_small_change_is_shown_with_what_stands_around_it() -> None:
    (shown,) = essence([Changed("backend", "src/a.py", text(9), text(9, at4="mended"))])
    assert shown.file == "backend: src/a.py"
    assert shown.diff.splitlines() == [
        *("@@ -2,7 +2,7 @@", " line 1", " line 2", " line 3", "-line 4", "+mended", " line 5", " line 6", " line 7"),
    ]


def test_code_goes_before_tests_and_locks() -> None:
    paths = ("package-lock.json", "tests/test_a.py", "src/a.py")
    shown = essence(Changed("r", path, "a\n", "b\n") for path in paths)
    assert [each.file for each in shown] == ["r: src/a.py", "r: tests/test_a.py", "r: package-lock.json"]


def test_many_changes_in_a_file_lose_what_stands_around_them_first() -> None:
    changed = text(60, **{f"at{number}": "mended" for number in range(2, 60, 8)})
    (shown,) = essence([Changed("r", "src/a.py", text(60), changed)])
    lines = shown.diff.splitlines()
    assert len(lines) <= LINES_OF_A_FILE
    assert lines.count("+mended") == 8


def test_everything_is_bounded() -> None:
    shown = essence(Changed("r", f"src/{number}.py", "", text(500)) for number in range(30))
    assert len(shown) == FILES
    assert sum(len(each.diff.splitlines()) for each in shown) <= LINES
    assert shown[0].diff.splitlines()[-1] == "(and 462 lines more)"
    assert {each.why_not for each in shown if not each.diff} == {"enough is shown of the others"}


def test_a_line_that_would_be_cut_is_told_by_its_length() -> None:
    """Half a line could hold half a secret, which nothing hides any more."""
    (shown,) = essence([Changed("r", "src/a.min.js", None, f"{'x' * 200}{'secret-value' * 30}\n")])
    assert shown.diff.splitlines()[-1] == "+(a line of 560 characters)"


@pytest.mark.parametrize("path", [".env", "conf/.env.production", "tls/server.KEY", "id_rsa", "credentials.json"])
def test_what_may_hold_secrets_is_not_shown(path: str) -> None:
    assert essence([Changed("r", path, "A=1\n", "A=2\n")]) == (
        FileDiff(f"r: {path}", "", "by its name it may hold secrets"),
    )


@pytest.mark.parametrize(
    ("change", "why_not"),
    [
        (Changed("r", "a", None, None, "it is no UTF-8 text"), "it is no UTF-8 text"),
        (Changed("r", "a", "\0\1", "\0\2"), "it is a binary file"),
        (Changed("r", "a", "same", "same\n"), "no line of its text differs"),
    ],
)
def test_a_file_of_which_nothing_is_shown_says_why(change: Changed, why_not: str) -> None:
    assert essence([change]) == (FileDiff("r: a", "", why_not),)
