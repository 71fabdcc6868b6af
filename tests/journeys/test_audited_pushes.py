"""What goes out without a verdict is seen afterwards: skipped with a reason, or pushed past the hook."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.projects import git
from tests.support.pushing import Pusher


@pytest.fixture
def pusher(tmp_path: Path) -> Iterator[Pusher]:
    made = Pusher(tmp_path / "a project")
    made.install()
    yield made
    made.project.clean_up()


def test_an_audit_tells_what_went_out_how(pusher: Pusher) -> None:
    pusher.push("main").expect(0)
    begin = git(pusher.root, "rev-parse", "HEAD").strip()
    past = pusher.fact("bad")
    pusher.push("main", "--no-verify").expect(0)
    skipped = pusher.fact("worse")
    done = pusher.push("main", GATEKEEPER_SKIP="the forge is on fire").expect(0)
    assert "nothing is judged: GATEKEEPER_SKIP=the forge is on fire; that is written down in" in done.err
    pusher.fact("worst")
    pusher.fact("good")
    pusher.push("main").expect(0)
    done = pusher.project.gatekeeper("audit", f"{begin}..HEAD").expect(1)
    assert done.out.splitlines() == [
        f"{skipped[:12]}  worse",
        f"{'':12}  skipped at {pusher.pushes()[1]['time'][:16]}: the forge is on fire",
        f"{past[:12]}  bad",
        f"{'':12}  no verdict: no hook saw it, or it was told not to look (--no-verify)",
        "2 of 4 commits went out without a valid verdict",
    ]
    told = json.loads(pusher.project.gatekeeper("audit", f"{begin}..HEAD", "--format", "json").expect(1).out)
    assert [each["covered"] for each in told["commits"]] == [True, True, False, False]
    assert pusher.project.gatekeeper("audit", "HEAD~2..").expect(0).out == "2 commits, all with a valid verdict\n"
    assert pusher.project.gatekeeper("audit", "HEAD..HEAD").expect(0).out == "HEAD..HEAD holds no commit\n"
    pusher.project.gatekeeper("audit", f"{begin}..HEAD", "--cycle", "another").expect(1)
    for wrong in ("HEAD", "HEAD~1...HEAD"):
        assert "is not a range" in pusher.project.gatekeeper("audit", wrong).expect(2).err
    assert "not known" in pusher.project.gatekeeper("audit", "nowhere..HEAD").expect(3).err


@pytest.mark.slow
def test_skipping_wants_a_reason_and_a_place_to_write_it_down(pusher: Pusher) -> None:
    pusher.fact("bad")
    for empty in ("", "  "):
        assert "GATEKEEPER_SKIP is empty" in pusher.push("main", GATEKEEPER_SKIP=empty).expect(1).err
    state = pusher.root / ".gatekeeper"
    state.mkdir(exist_ok=True)
    (state / "pushes.jsonl").symlink_to("/dev/null")
    assert "is a symbolic link" in pusher.push("main", GATEKEEPER_SKIP="why").expect(1).err
    (state / "pushes.jsonl").unlink()
    pusher.push("main", GATEKEEPER_SKIP="x" * 100_000).expect(0)
    assert len((state / "pushes.jsonl").read_bytes()) < 4096
    assert stat.S_IMODE((state / "pushes.jsonl").stat().st_mode) == 0o600
    assert git(pusher.root, "status", "--porcelain") == ""
    assert pusher.runs() == []


@pytest.mark.slow
def test_what_is_staged_is_judged_as_the_commit_it_will_be(pusher: Pusher) -> None:
    """Not what lies in the working tree beside it; also of `git commit FILE`, which has an index of its own."""
    for who in ("AUTHOR", "COMMITTER"):
        pusher.project.always |= {f"GIT_{who}_NAME": "A", f"GIT_{who}_EMAIL": "a@b.c"}
    pusher.install(hook="pre-commit")
    pusher.write("bad")
    git(pusher.root, "add", "fact")
    pusher.write("good")
    done = pusher.git("commit", "-m", "bad").expect(1)
    assert "what is staged is red; nothing was committed" in done.err
    (pusher.root / "other").write_text("x", "utf-8")
    git(pusher.root, "add", "other")
    pusher.git("commit", "-m", "just this file", "fact", "other").expect(0)
    assert git(pusher.root, "show", "--format=", "--name-only").split() == ["other"]
    runs = len(pusher.runs())
    # The tree is known now: to amend its words, and to push it, costs nothing.
    assert "is green already" in pusher.git("commit", "--amend", "-m", "other words").expect(0).err
    assert "is green already" in pusher.push("main").expect(0).err
    assert len(pusher.runs()) == runs
    pusher.write("bad")
    pusher.git("commit", "-a", "-m", "in a hurry", GATEKEEPER_SKIP="why").expect(0)
    assert len(pusher.runs()) == runs


@pytest.mark.slow
def test_what_is_written_is_for_its_owner(pusher: Pusher) -> None:
    """And the hook for all who may run it."""
    pusher.push("main").expect(0)
    modes = {
        path.relative_to(pusher.root).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in (pusher.root / ".gatekeeper").rglob("*")
        if path.is_file() and ("verdicts" in path.parts or path.name == "pushes.jsonl")
    }
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(os.stat(pusher.root / ".git" / "hooks" / "pre-push").st_mode) == 0o755
