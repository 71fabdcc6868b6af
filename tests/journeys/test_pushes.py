"""What is pushed is what is judged: every way in which git pushes, over a real remote."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.projects import git
from tests.support.pushing import FACT, Pusher


@pytest.fixture
def pusher(tmp_path: Path) -> Iterator[Pusher]:
    made = Pusher(tmp_path / "a project")
    made.install()
    yield made
    made.project.clean_up()


def nothing(pusher: Pusher) -> list[str]:
    return []


def new_branch(pusher: Pusher) -> list[str]:
    return ["main"]


def head(pusher: Pusher) -> list[str]:
    return ["HEAD:refs/heads/elsewhere"]


def expression(pusher: Pusher) -> list[str]:
    pusher.fact("bad")
    return ["HEAD~1:refs/heads/before"]


def more(pusher: Pusher) -> list[str]:
    pusher.push("main").expect(0)
    pusher.fact("bad")
    pusher.fact("good")
    (pusher.root / "other").write_text("x", "utf-8")
    pusher.commit("last")
    return ["main"]


def bad_tip(pusher: Pusher) -> list[str]:
    pusher.fact("bad")
    return ["main"]


def bad_but_mended_here(pusher: Pusher) -> list[str]:
    """The working tree is good, and what is pushed is not."""
    pusher.fact("bad")
    pusher.write("good")
    return ["main"]


def good_but_broken_here(pusher: Pusher) -> list[str]:
    pusher.write("bad")
    return ["main"]


def not_checked_out(pusher: Pusher) -> list[str]:
    git(pusher.root, "branch", "aside")
    pusher.fact("bad")
    return ["aside"]


def forced(pusher: Pusher) -> list[str]:
    pusher.fact("good")
    pusher.push("main").expect(0)
    git(pusher.root, "reset", "--quiet", "--hard", "HEAD~1")
    (pusher.root / "other").write_text("x", "utf-8")
    pusher.commit("another history")
    return ["--force", "main"]


def two_branches_of_one_tree(pusher: Pusher) -> list[str]:
    git(pusher.root, "branch", "same")
    pusher.commit("nothing new")
    return ["main", "same"]


def good_and_bad(pusher: Pusher) -> list[str]:
    git(pusher.root, "branch", "aside")
    pusher.fact("bad")
    return ["aside", "main"]


def light_tag(pusher: Pusher) -> list[str]:
    git(pusher.root, "tag", "v1")
    return ["v1"]


def annotated_tag(pusher: Pusher) -> list[str]:
    git(pusher.root, "tag", "--annotate", "--message", "one", "v1")
    pusher.fact("bad")
    return ["v1"]


def tag_of_a_bad_commit(pusher: Pusher) -> list[str]:
    pusher.fact("bad")
    git(pusher.root, "tag", "--annotate", "--message", "one", "v1")
    return ["v1"]


def tag_of_a_file(pusher: Pusher) -> list[str]:
    git(pusher.root, "tag", "key", git(pusher.root, "rev-parse", "HEAD:fact").strip())
    return ["key"]


def deletion(pusher: Pusher) -> list[str]:
    pusher.push("main:old", "--no-verify").expect(0)
    return ["--delete", "old"]


pytestmark = pytest.mark.slow


class Case(NamedTuple):
    push: Callable[[Pusher], list[str]]
    judged: list[str]
    goes: bool


CASES = [
    Case(nothing, [], goes=False),
    Case(new_branch, ["main"], goes=True),
    Case(head, ["main"], goes=True),
    Case(expression, ["main~1"], goes=True),
    Case(more, ["main~3", "main"], goes=True),
    Case(bad_tip, ["main"], goes=False),
    Case(bad_but_mended_here, ["main"], goes=False),
    Case(good_but_broken_here, ["main"], goes=True),
    Case(not_checked_out, ["aside"], goes=True),
    Case(forced, ["main@{2}", "main"], goes=True),
    Case(two_branches_of_one_tree, ["main"], goes=True),
    Case(good_and_bad, ["aside", "main"], goes=False),
    Case(light_tag, ["v1"], goes=True),
    Case(annotated_tag, ["v1^{commit}"], goes=True),
    Case(tag_of_a_bad_commit, ["v1^{commit}"], goes=False),
    Case(tag_of_a_file, [], goes=True),
    Case(deletion, [], goes=True),
]


@pytest.mark.parametrize("case", CASES, ids=[case.push.__name__ for case in CASES])
def test_what_is_pushed_is_judged_and_nothing_else(pusher: Pusher, case: Case) -> None:
    arguments = case.push(pusher)
    before = git(pusher.remote, "for-each-ref")
    done = pusher.push(*arguments)
    trees = [git(pusher.root, "rev-parse", f"{rev}^{{tree}}") for rev in case.judged]
    assert [git(pusher.root, "rev-parse", f"{commit}^{{tree}}") for commit in pusher.runs()] == trees
    changed = git(pusher.remote, "for-each-ref") != before
    assert changed == case.goes, done.text
    if case.push is not nothing:
        assert (done.code == 0) == case.goes, done.text
    assert git(pusher.root, "worktree", "list").count("\n") == 1
    assert "Traceback" not in done.text


def test_a_push_that_changes_nothing_says_nothing(pusher: Pusher) -> None:
    pusher.push("main").expect(0)
    again = pusher.push("main").expect(0)
    assert again.text == "Everything up-to-date\n"
    assert len(pusher.pushes()) == 1


def test_a_repository_of_sha256(tmp_path: Path) -> None:
    pusher = Pusher(tmp_path / "long", sha256=True)
    pusher.install()
    pusher.push("main").expect(0)
    assert len(pusher.has("main")) == 64
    pusher.fact("bad")
    assert "is red" in pusher.push("main").expect(1).err
    pusher.project.clean_up()


def test_a_green_tree_is_pushed_without_a_run(pusher: Pusher) -> None:
    """Shown as reused; also under another commit; and not for ever."""
    pusher.project.gatekeeper("run", "tiny").expect(0)
    run = pusher.project.journal.run
    assert f"is green already, by {run}" in pusher.push("main").expect(0).err
    pusher.commit("the same again")
    assert f"is green already, by {run}" in pusher.push("main").expect(0).err
    assert [push["reused"] for push in pusher.pushes()] == [True, True]
    (kept,) = (pusher.root / ".gatekeeper" / "verdicts").glob("*.json")
    told = json.loads(kept.read_text("utf-8"))
    kept.write_text(json.dumps({**told, "time": "2020-01-01T00:00:00.000Z"}), "utf-8")
    assert "tiny judges" in pusher.push("main:late").expect(0).err
    assert len(pusher.runs()) == 2


def test_a_definition_may_want_a_run_each_time(pusher: Pusher) -> None:
    pusher.project.define("reuse: never" + FACT)
    pusher.commit("never")
    pusher.push("main").expect(0)
    pusher.push("main:again").expect(0)
    assert len(pusher.runs()) == 2


def test_a_linked_worktree_pushes_what_it_has(pusher: Pusher, tmp_path: Path) -> None:
    """git gives its hook GIT_DIR there; steps find their own repository all the same."""
    linked = tmp_path / "linked tree"
    git(pusher.root, "worktree", "add", "--quiet", "-b", "side", str(linked))
    (linked / "gates" / "tiny.yaml").write_text(
        "gatekeeper: 1\ncycle: tiny\ngates: {g: {steps: {s: {run: 'git rev-parse HEAD; env | grep ^GIT_DIR && exit 1; "
        "test -f only-here'}}}}\n",
        "utf-8",
    )
    (linked / "only-here").write_text("x", "utf-8")
    commit = pusher.commit("side", linked)
    pusher.push("side", cwd=linked).expect(0)
    assert pusher.has("side") == commit
    assert pusher.runs() == []
    assert len(list((linked / ".gatekeeper" / "runs").iterdir())) == 1
    assert [push["commit"] for push in pusher.pushes()] == [commit]
