"""Which commits went out with a valid verdict, and why the others did not."""

from __future__ import annotations

import pytest

from gatekeeper.model.push import Push
from gatekeeper.model.tree_verdict import Subject, TreeVerdict
from gatekeeper.policy.auditing import Audited, History, audit

NONE = "0" * 40
# 1 - 2 - 3 - 4 - 5, and x, which grows on 2 and is merged in 5; r is where the range begins.
PARENTS = {"1": ("r",), "2": ("1",), "3": ("2",), "4": ("3",), "5": ("4", "x"), "x": ("2",)}
HISTORY = History(PARENTS, frozenset({*PARENTS, "r"}))


def push(old: str, new: str, verdict: str = "green", beyond: tuple[str, ...] = (), reason: str = "") -> Push:
    made = Push("2026-11-27T10:00:00Z", "origin", "refs/heads/main", old, new, new, "full", verdict, "RUN")
    return made._replace(beyond=beyond, reason=reason)


def kept(verdict: str, *, commit: str = "", tree: str = "") -> TreeVerdict:
    contents = (("project", tree),) if tree else ()
    return TreeVerdict(
        Subject("full", "d", "", contents, "s"), verdict, "KEPT", "t", (("project", commit),) if commit else ()
    )


def look(pushes: list[Push], own: list[TreeVerdict] | None = None, history: History = HISTORY) -> dict[str, Audited]:
    found = audit([(commit, f"tree-{commit}") for commit in PARENTS], history, pushes, own or [])
    return {each.commit: each for each in found}


def covered(pushes: list[Push], own: list[TreeVerdict] | None = None, history: History = HISTORY) -> str:
    return "".join(commit for commit, each in look(pushes, own, history).items() if each.covered)


@pytest.mark.parametrize(
    ("pushes", "commits"),
    [
        ([], ""),
        ([push("r", "5")], "12345x"),
        ([push("2", "4")], "34"),
        ([push("2", "4"), push("r", "1")], "134"),
        ([push("4", "5")], "5x"),
        ([push("4", "3")], "3"),  # back to where it was: only the tip was judged
        ([push("x", "4")], "34"),  # another history than the one that was there
        ([push("lost", "4")], "4"),
        ([push("2", "4", "red")], ""),
        ([push("2", "4", "flaky")], ""),
        ([push("2", "4", "red"), push("2", "4")], "34"),
        ([push("2", "4"), push("2", "4", "red")], "34"),
        ([push(NONE, "3", beyond=("1",))], "23"),
        ([push(NONE, "3", beyond=(NONE,))], "123"),
        ([push(NONE, "3")], "3"),
        ([push("2", "elsewhere")], ""),
    ],
)
def test_a_green_push_covers_what_it_took_along(pushes: list[Push], commits: str) -> None:
    assert covered(pushes) == commits


def test_a_commit_that_was_judged_by_itself_is_covered() -> None:
    assert (
        covered([], [kept("green", commit="3"), kept("red", commit="4"), kept("green-after-fix", tree="tree-x")])
        == "3x"
    )
    assert covered([], [kept("red", commit="3"), kept("green", commit="3"), kept("red", commit="3")]) == "3"


def test_what_is_not_covered_says_why() -> None:
    pushes = [push("r", "1", "skipped", reason="fire"), push("1", "2", "none", reason="`hook:` says so")]
    found = look([*pushes, push("2", "3", "red")], [kept("flaky", commit="4")])
    assert found["1"].why == "skipped at 2026-11-27T10:00: fire"
    assert found["2"].why == "not judged: `hook:` says so"
    assert found["3"].why == "red, by RUN"
    assert found["4"].why == "flaky, by KEPT"
    assert "--no-verify" in found["5"].why
