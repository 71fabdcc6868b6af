"""Who judges a push, what is refused, and what becomes of a push that is broken off."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.projects import git, until
from tests.support.pushing import Pusher

pytestmark = pytest.mark.slow

HOOKED = """
hook: {{main: full, "feature/*": quick, "wip/*": none}}
gates: {{g: {{steps: {{reads: {{run: 'echo {name}; test "$(cat fact)" = good'}}}}}}}}
"""


@pytest.fixture
def pusher(tmp_path: Path) -> Iterator[Pusher]:
    made = Pusher(tmp_path / "a project")
    made.install()
    yield made
    made.project.clean_up()


def test_the_destination_chooses_the_cycle(tmp_path: Path) -> None:
    pusher = Pusher(tmp_path / "hooked", HOOKED.format(name="tiny"))
    for name in ("full", "quick"):
        pusher.project.define(HOOKED.format(name=name), name)
    pusher.commit("cycles")
    pusher.install("--cycle", "full")
    done = pusher.push("main:wip/x").expect(0)
    assert "`hook:` says none for wip/*: nothing is judged here, full is left to CI" in done.err
    done = pusher.push("main:feature/a/b").expect(0)
    assert "`hook:` says quick for feature/*: full is left to CI" in done.err
    pusher.push("main").expect(0)
    cycles = [journal.last("run.started")["cycle"] for journal in pusher.project.journals()]
    assert sorted(cycles) == ["full", "quick"]
    assert [push["verdict"] for push in pusher.pushes()] == ["none", "green", "green"]
    pusher.project.clean_up()


def test_a_refused_push_is_news_to_nobody_else(tmp_path: Path) -> None:
    """The same cycle, run by hand, tells."""
    told = tmp_path / "told"
    tell = json.dumps(["sh", "-c", f"echo >> '{told}'"])
    pusher = Pusher(
        tmp_path / "telling", f"notify: [{{exec: {tell}}}]\ngates: {{g: {{steps: {{no: {{run: 'false'}}}}}}}}"
    )
    pusher.install()
    pusher.push("main").expect(1)
    assert not told.exists()
    pusher.project.gatekeeper("run", "tiny").expect(1)
    assert told.exists()
    pusher.project.clean_up()


def test_a_condition_sees_the_branch_that_is_pushed_to(tmp_path: Path) -> None:
    """A verdict of one branch says nothing of a step that runs on another."""
    steps = "{s: {run: 'true'}, strict: {run: 'false', if: {branch: [release]}}}"
    pusher = Pusher(tmp_path / "branches", f"gates: {{g: {{steps: {steps}}}}}")
    pusher.install()
    pusher.push("main").expect(0)
    assert "is red" in pusher.push("main:release").expect(1).err
    assert "is green already" in pusher.push("main:main", "--force").text or pusher.has("main")
    assert len(pusher.runs()) == 2
    pusher.project.clean_up()


def test_another_ref_may_judge(pusher: Pusher) -> None:
    pusher.push("main").expect(0)
    pusher.install("--judge-by", "origin/main")
    pusher.project.define("gates: {g: {steps: {easy: {run: 'true'}}}}")
    pusher.fact("bad")
    assert "is red" in pusher.push("main").expect(1).err
    pusher.install()
    pusher.push("main").expect(0)


def test_without_a_definition(pusher: Pusher) -> None:
    """A history that never had one is let through with a word; one that lost it is not."""
    git(pusher.root, "checkout", "--quiet", "--orphan", "ancient")
    git(pusher.root, "rm", "-rq", "--cached", ".")
    git(pusher.root, "add", "fact")
    git(pusher.root, "commit", "--quiet", "--no-verify", "--message", "before gatekeeper")
    assert "nothing judges" in pusher.push("ancient").expect(0).err
    git(pusher.root, "checkout", "--quiet", "--force", "main")
    git(pusher.root, "rm", "-rq", "gates")
    git(pusher.root, "commit", "--quiet", "--no-verify", "--message", "no more judging")
    done = pusher.push("main").expect(1)
    assert "a push that takes its judge away is refused" in done.err
    assert not pusher.has("main")


def test_what_git_never_says_is_refused(pusher: Pusher) -> None:
    hook = [str(pusher.root / ".git" / "hooks" / "pre-push"), "origin", "url"]
    oid, zeros = git(pusher.root, "rev-parse", "HEAD").strip(), "0" * 40
    wrong = ["garbage\n", f"main {oid} refs/heads/main {zeros}", f"main {oid} main {zeros}\n"]
    wrong += [f"main {oid} refs/heads/main {'0' * 64}\n", f"main {'f' * 40} refs/heads/main {zeros}\n", "\n", "\xff\n"]
    for told in wrong:
        done = subprocess.run(
            hook,
            input=told.encode("latin-1"),
            cwd=pusher.root,
            env=pusher.project.environment(),
            capture_output=True,
            check=False,
        )
        assert done.returncode in {2, 3}, (told, done)
        assert done.stderr.startswith(b"gatekeeper: ")
    assert pusher.runs() == []


def test_a_tree_that_steps_change_is_not_what_is_pushed(pusher: Pusher) -> None:
    pusher.project.define("gates: {g: {steps: {mends: {run: 'echo good > fact', mutates: [fact]}}}}")
    pusher.fact("bad")
    done = pusher.push("main").expect(1)
    assert "its steps changed fact" in done.err
    assert "is inconclusive" in done.err
    assert (pusher.root / "fact").read_text("utf-8") == "bad\n"
    assert not pusher.has("main")


def ctrl_c(git_push: int) -> None:
    os.killpg(git_push, signal.SIGINT)


def sudden_death(git_push: int) -> None:
    """Of git alone: nobody tells its hook."""
    os.kill(git_push, signal.SIGKILL)


ENDS = [ctrl_c, sudden_death] if sys.platform == "linux" else [ctrl_c]


@pytest.mark.parametrize("end", ENDS)
def test_a_push_that_is_broken_off_leaves_nothing(pusher: Pusher, end: Callable[[int], None]) -> None:
    pusher.project.define("gates: {g: {steps: {holds: {run: 'touch \"$BEACONS/there\"; sleep 616'}}}}")
    pusher.commit("holds")
    pusher.write("so that it is judged in a worktree")
    going = subprocess.Popen(
        ["git", "push", "origin", "main"],
        cwd=pusher.root,
        env=pusher.project.environment(GIT_CONFIG_GLOBAL=os.devnull),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until((pusher.project.temporary / "there").exists, "the step")
    end(going.pid)
    assert going.wait(40)
    worktrees = pusher.root / ".gatekeeper" / "worktrees"
    until(lambda: os.listdir(worktrees) == [".gitignore"], "the worktree is gone")
    until(lambda: bool(pusher.pushes()), "it is written down")
    assert pusher.pushes()[0]["verdict"] == "aborted"
    assert not pusher.has("main")


def test_a_branch_without_a_commit_pushes_another(pusher: Pusher) -> None:
    """There is nothing in the working tree that could be judged in place."""
    git(pusher.root, "checkout", "--quiet", "--orphan", "empty")
    pusher.push("main").expect(0)
    assert len(pusher.runs()) == 1


def test_what_cannot_be_written_down_is_told_and_holds_nobody(pusher: Pusher) -> None:
    (pusher.root / ".gatekeeper").mkdir()
    os.mkfifo(pusher.root / ".gatekeeper" / "pushes.jsonl")
    assert "this push is not written down" in pusher.push("main").expect(0).err
