"""`gatekeeper prove`: steps that notice their bad change, steps that do not, and a tree that stays as it was."""

from __future__ import annotations

import hashlib
import json
import signal
from pathlib import Path

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, git

# `value` is the code under test, `check` the step that looks at it; what is ignored stands for what tools leave.
STEPS = """
gates:
  build:
    steps:
      make: {run: "cat value > built; cp built cache"}
  suite:
    needs: [build]
    steps:
      check:
        run: "grep -qx good built || { echo 'no good'; exit 4; }"
        known_bad: {%s}
"""
PATCH = """\
--- a/value
+++ b/value
@@ -1 +1 @@
-good
+bad
"""


def committed(project: Project, *, value: str = "good") -> Project:
    """The project, with everything that it needs in a commit."""
    (project.root / "value").write_text(f"{value}\n")
    (project.root / ".gitignore").write_text("built\ncache\n")
    (project.root / "gates" / "bad.patch").write_text(PATCH)
    git(project.root, "init", "-q")
    git(project.root, "add", "-A")
    git(project.root, "commit", "-qm", "all")
    return project


def content(root: Path) -> dict[str, str]:
    """Everything in the project but gatekeeper's own folder, git's index and branches included, objects not."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if name.startswith((".gatekeeper", ".git/objects", ".git/gatekeeper-run")) or not path.is_file():
            continue
        status = path.lstat()
        found[name] = f"{status.st_mode:o} {status.st_mtime_ns} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    return found


def nothing_left(project: Project) -> None:
    """No worktree, in git's eyes and on the disk, and nothing that a run left open."""
    assert git(project.root, "worktree", "list").count("\n") == 1
    state = project.root / ".gatekeeper"
    assert [path.name for path in (state / "worktrees").iterdir()] == [".gitignore"]
    assert list((state / "open").iterdir()) == []


def proofs(project: Project) -> list[str]:
    """The steps that have a proof."""
    return sorted(path.stem for path in (project.root / ".gatekeeper" / "proofs" / "tiny").glob("*.json"))


def outcome(project: Project, code: int) -> str:
    """What is said of the only step, in one line."""
    (line,) = [
        line
        for line in project.gatekeeper("prove", "tiny").expect(code).out.splitlines()
        if line.startswith(("proven", "not "))
    ]
    return line


def test_a_patch_that_the_step_notices(tiny: MakeTiny) -> None:
    """With what it needs built anew each time; and afterwards a run knows that the step can fail."""
    project = committed(tiny(STEPS % "patch: gates/bad.patch, expect: exit code 4"))
    before = content(project.root)
    assert outcome(project, 0) == "proven      suite/check: the bad change is noticed: exit code 4"
    assert content(project.root) == before
    nothing_left(project)
    assert proofs(project) == ["suite.check"]
    project.gatekeeper("run", "tiny").expect(0)
    assert project.journal.last("run.started")["unproven"] == ["build/make"]


@pytest.mark.slow
def test_a_command_that_makes_the_change(tiny: MakeTiny) -> None:
    """It runs in the step's folder, under the guard: what it leaves behind is ended."""
    project = committed(tiny(STEPS % "run: 'echo bad > value; sleep 600 & disown', expect: exit code 4"))
    before = content(project.root)
    assert outcome(project, 0).startswith("proven")
    assert content(project.root) == before
    nothing_left(project)


@pytest.mark.slow
def test_three_runs_that_are_no_verdict_on_the_tree(tiny: MakeTiny) -> None:
    """Each has a journal that holds and says what it was for; none of them is among the cycle's runs."""
    project = committed(tiny(STEPS % "patch: gates/bad.patch, expect: exit code 4"))
    said = json.loads(project.gatekeeper("prove", "tiny", "--format", "json").expect(0).out)
    (step,) = said["steps"]
    assert (said["cycle"], step["gate"], step["step"], step["outcome"]) == ("tiny", "suite", "check", "proven")
    assert project.journals() == []
    seen = {}
    for phase, run in step["runs"].items():
        folder = project.root / ".gatekeeper" / "proofs" / "runs" / run
        lines = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
        seen[phase] = (lines[0]["data"]["proof"], lines[-1]["data"]["verdict"])
        project.gatekeeper("verify", str(folder)).expect(0)
    assert seen == {
        "before": ("suite/check, as it is", "green"),
        "bad": ("suite/check, with its known bad change", "red"),
        "after": ("suite/check, with the change taken back", "green"),
    }


@pytest.mark.slow
def test_uncommitted_work_is_what_is_proven(tiny: MakeTiny) -> None:
    """The tree as it is: changed, new, removed and staged files; all of it is still there afterwards."""
    project = committed(tiny(STEPS % "patch: gates/bad.patch, expect: exit code 4"), value="worse")
    (project.root / "old").write_text("old")
    git(project.root, "add", "old")
    git(project.root, "commit", "-qm", "old")
    (project.root / "value").write_text("good\n")
    (project.root / "old").unlink()
    (project.root / "new").write_text("new")
    (project.root / "staged").symlink_to("new")
    git(project.root, "add", "staged")
    project.define(
        (STEPS % "patch: gates/bad.patch, expect: exit code 4").replace(
            "cat value", "ls new staged; ! ls old; cat value"
        )
    )
    status = git(project.root, "status", "--porcelain")
    before = content(project.root)
    assert outcome(project, 0).startswith("proven")
    assert content(project.root) == before
    assert git(project.root, "status", "--porcelain") == status
    nothing_left(project)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("known_bad", "said"),
    [
        (
            "run: 'echo good > value; touch other', expect: exit code 4",
            "with its known bad change, it passes all the same",
        ),
        (
            "patch: gates/bad.patch, expect: exit code 7",
            "with its known bad change, it is failed for another reason than 'exit code 7': exit code 4",
        ),
        (
            "run: 'rm value', expect: exit code 4",
            "with its known bad change, it does not run: build/make notices it first (exit code 1)",
        ),
    ],
)
def test_a_change_that_the_step_does_not_notice(known_bad: str, said: str, tiny: MakeTiny) -> None:
    project = committed(tiny(STEPS % known_bad))
    assert outcome(project, 1) == f"not proven  suite/check: {said}"
    nothing_left(project)
    assert proofs(project) == []


@pytest.mark.slow
def test_a_step_that_is_red_anyway_proves_nothing(tiny: MakeTiny) -> None:
    project = committed(tiny(STEPS % "run: 'echo worse > value', expect: exit code 4"), value="bad")
    assert outcome(project, 1) == "not proven  suite/check: as it is, it is failed: exit code 4"


@pytest.mark.slow
def test_a_step_that_stays_red_proves_nothing(tiny: MakeTiny) -> None:
    """What the change left in ignored files is still there when it is taken back."""
    steps = STEPS.replace("cat value > built", "[ -e built ] || cat value > built")
    project = committed(tiny(steps % "run: 'echo bad > value; echo bad > built', expect: exit code 4"))
    assert outcome(project, 1) == "not proven  suite/check: with the change taken back, it is failed: exit code 4"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("known_bad", "said"),
    [
        ("patch: gates/other.patch, expect: x", "does not apply to the tree as it is"),
        (
            "run: 'echo no; exit 9', expect: x",
            "the bad change could not be made: its command ended with exit code 9: no",
        ),
    ],
)
def test_a_change_that_cannot_be_made(known_bad: str, said: str, tiny: MakeTiny) -> None:
    project = tiny(STEPS % known_bad)
    (project.root / "gates" / "other.patch").write_text(PATCH.replace("good", "nothing like it"))
    committed(project)
    assert said in outcome(project, 3)
    nothing_left(project)


@pytest.mark.slow
def test_a_step_that_changed_since_is_not_proven_any_more(tiny: MakeTiny) -> None:
    """Or its patch, or what is expected of it; moved to another line it stays what it is."""
    text = STEPS % "patch: gates/bad.patch, expect: exit code 4"
    project = committed(tiny(text))
    project.gatekeeper("prove", "tiny").expect(0)

    def proof() -> str:
        shown = json.loads(project.gatekeeper("plan", "tiny", "--format", "json").expect(0).out)
        return {step["name"]: step["proof"] for gate in shown["gates"] for step in gate["steps"]}["check"]  # type: ignore[no-any-return]  # JSON

    assert proof() == "proven"
    project.define(f"# moved\n{text}")
    assert proof() == "proven"
    project.define(text.replace("exit 4", "exit 5"))
    assert proof() == "unproven"
    project.define(text)
    (project.root / "gates" / "bad.patch").write_text(PATCH.replace("+bad", "+worse"))
    assert proof() == "unproven"
    (project.root / "gates" / "bad.patch").unlink()
    assert proof() == "unproven"


@pytest.mark.slow
def test_a_step_that_fails_its_proof_loses_the_one_it_had(tiny: MakeTiny) -> None:
    text = STEPS % "patch: gates/bad.patch, expect: exit code 4"
    project = committed(tiny(text))
    project.gatekeeper("prove", "tiny").expect(0)
    (project.root / "value").write_text("good\nand more\n")
    project.gatekeeper("prove", "tiny").expect(3)  # the patch does not apply: that says nothing
    assert proofs(project) == ["suite.check"]
    project.define(text.replace("expect: exit code 4", "expect: exit code 5"))
    (project.root / "value").write_text("good\n")
    project.gatekeeper("prove", "tiny").expect(1)
    assert proofs(project) == []


@pytest.mark.slow
def test_what_declares_nothing_is_unproven(tiny: MakeTiny) -> None:
    """Without reading anything; and there is nothing to prove."""
    advisory = "  b: {tier: advisory, steps: {c: {run: 'true'}}}\n"
    project = tiny("gates:\n  a:\n    steps: {one: {run: 'true'}, two: {run: 'true'}}\n" + advisory)
    project.gatekeeper("run", "tiny").expect(0)
    assert project.journal.last("run.started")["unproven"] == ["a/one", "a/two"]
    assert "declares a bad change" in project.gatekeeper("prove", "tiny").expect(2).err


@pytest.mark.slow
def test_wrong_words(tiny: MakeTiny) -> None:
    project = committed(tiny(STEPS % "patch: gates/nowhere.patch, expect: x"))
    refused = project.gatekeeper("prove", "tiny").expect(78)
    assert "gates/nowhere.patch cannot be read" in refused.err
    assert "gates/tiny.yaml:" in refused.err
    assert "did you mean" in project.gatekeeper("prove", "tiny", "--only", "suite/chek").expect(2).err
    assert "build" in project.gatekeeper("prove", "tiny", "--only", "build").expect(2).err
    project.gatekeeper("prove", "nobody").expect(2)


def test_without_git_there_is_no_scratch_worktree(tiny: MakeTiny) -> None:
    project = tiny(STEPS % "run: 'true', expect: x")
    assert "is in no git repository" in project.gatekeeper("prove", "tiny").expect(3).err


@pytest.mark.slow
def test_nobody_else_may_run_on_the_tree_meanwhile(tiny: MakeTiny) -> None:
    """A run is kept off while steps are proven; Ctrl-C ends what runs, and takes the worktree away."""
    project = committed(tiny(STEPS % "run: 'touch $BEACONS/changing; sleep 600', expect: x"))
    before = content(project.root)
    going = project.start("prove", "tiny")
    going.until((project.temporary / "changing").exists, "the change is being made")
    assert "prove tiny" in project.gatekeeper("run", "tiny").expect(75).err
    going.send(signal.SIGINT)
    assert going.end().code == 130
    assert content(project.root) == before
    nothing_left(project)


@pytest.mark.slow
def test_what_a_killed_proof_left_is_taken_away_by_the_next_command(tiny: MakeTiny) -> None:
    project = committed(tiny(STEPS % "run: 'touch $BEACONS/changing; sleep 600', expect: x"))
    going = project.start("prove", "tiny")
    going.until((project.temporary / "changing").exists, "the change is being made")
    going.send(signal.SIGKILL)
    going.end()
    project.gatekeeper("reap")
    nothing_left(project)
