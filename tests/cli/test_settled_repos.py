"""Repos at the end of a run: what became of their drift, and committing and pushing where the cycle says so."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, git

pytestmark = pytest.mark.slow

SLOW = pytest.mark.slow
PASSES = "gates: {suite: {steps: {check: {run: 'true'}}}}"
NOBODY: dict[str, Any] = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def cycle(keys: str, gates: str = PASSES) -> str:
    return f"repos: {{app: {{path: ., {keys}}}}}\n{gates}"


def begun(project: Project) -> Project:
    """The project in a repository of its own, with somebody who commits and a remote that has all of it."""
    root = project.root
    (root / "docs").mkdir()
    for name in ("kept", "changed", "gone", "half"):
        (root / "docs" / name).write_text("old\n")
    (root / ".gitignore").write_text("ignored\n")
    git(root, "init", "-q")
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.test")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "all")
    git(root, "init", "-q", "--bare", str(root.parent / "remote"))
    git(root, "remote", "add", "origin", str(root.parent / "remote"))
    git(root, "push", "-q", "origin", "main")
    return project


def drifted(project: Project) -> Project:
    """With every kind of drift: changed, deleted, staged in part, new, and what git ignores."""
    docs = project.root / "docs"
    (docs / "changed").write_text("new\n")
    (docs / "gone").unlink()
    (docs / "half").write_text("staged\n")
    git(project.root, "add", "docs/half")
    (docs / "half").write_text("staged and changed\n")
    (docs / "brand new").write_text("new\n")
    (project.root / "ignored").write_text("x")
    return project


def settled(project: Project, code: int = 0, *arguments: str, **env: Any) -> dict[str, Any]:
    """What is told of the only repo by a run that ends like this."""
    project.gatekeeper("run", "tiny", *arguments, **{**NOBODY, **env}).expect(code)
    journal = project.journals()[-1]
    assert journal.is_whole()
    event = journal.last("repo.settled")
    return {key: event[key] for key in event if key != "repo"}


def head(folder: Path, ref: str = "HEAD") -> str:
    return git(folder, "rev-parse", ref).strip()


def test_what_was_judged_is_committed_and_pushed(tiny: MakeTiny) -> None:
    """All of it and nothing else, by whoever git knows, and no hook runs; the index fits, and the remote has it."""
    project = drifted(
        begun(tiny(cycle('settle: ["docs/**"], commit: "Docs of ${cycle.name}, ${run.id}", push: origin')))
    )
    hooks = project.root / ".git" / "hooks"
    for name in ("pre-commit", "commit-msg", "post-commit", "pre-push", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch '{project.temporary}/hook-ran'\nexit 1\n")
        (hooks / name).chmod(0o755)
    before = head(project.root)
    told = settled(project)
    commit, run = head(project.root), project.journal.run
    shown = f"{commit[:12]} Docs of tiny, {run}"
    assert told == {"how": "kept", "commits": [shown], "committed": commit, "pushed": True, "remote": "origin/main"}
    assert git(project.root, "status", "--porcelain") == ""
    assert head(project.root, "HEAD^") == before
    assert git(project.root, "show", "--format=%an <%ae>%n%s", "--name-status", "HEAD").splitlines() == [
        *("Ada <ada@example.test>", f"Docs of tiny, {run}", ""),
        *("A\tdocs/brand new", "M\tdocs/changed", "D\tdocs/gone", "M\tdocs/half"),
    ]
    assert git(project.root, "show", "HEAD:docs/half") == "staged and changed\n"
    assert head(project.root.parent / "remote", "main") == commit
    assert not (project.temporary / "hook-ran").exists()
    assert project.journal.end["verdict"] == "green"


def test_nothing_is_committed_without_being_asked_for(tiny: MakeTiny) -> None:
    """And what is not settled is named; what the globs do not name is nobody's business."""
    project = drifted(begun(tiny(cycle('settle: ["docs/c*", "docs/b*"]'))))
    (project.root / "else").write_text("x")
    before = head(project.root)
    assert settled(project) == {"how": "unsettled", "files": ["docs/brand new", "docs/changed"]}
    assert head(project.root) == before


@pytest.mark.parametrize(
    ("gates", "code", "arguments", "problem"),
    [
        ("gates: {suite: {steps: {check: {run: 'false'}}}}", 1, (), None),
        (PASSES, 0, ("--only", "suite"), "nothing is committed or pushed of a run of a part of the cycle"),
    ],
)
def test_nothing_is_committed_of_what_is_not_green_as_a_whole(
    gates: str, code: int, arguments: tuple[str, ...], problem: str | None, tiny: MakeTiny
) -> None:
    project = drifted(begun(tiny(cycle("commit: x, push: origin", gates))))
    before = head(project.root)
    told = settled(project, code, *arguments)
    assert told["how"] == "unsettled"
    assert told.get("problem") == problem
    assert head(project.root) == before
    assert head(project.root.parent / "remote", "main") == before


def test_nothing_to_commit_is_pushed_all_the_same(tiny: MakeTiny) -> None:
    """To a branch that is not there yet as well."""
    project = begun(tiny(cycle("commit: x, push: origin")))
    git(project.root, "switch", "-qc", "topic/new")
    git(project.root, "commit", "-q", "--allow-empty", "-m", "mine")
    assert settled(project) == {"how": "clean", "pushed": True, "remote": "origin/topic/new"}
    assert head(project.root.parent / "remote", "topic/new") == head(project.root)


def test_what_is_in_no_commit_is_not_pushed(tiny: MakeTiny) -> None:
    project = drifted(begun(tiny(cycle("push: origin"))))
    git(project.root, "commit", "-q", "--allow-empty", "-m", "mine")
    assert settled(project)["problem"] == (
        "not pushed to origin: what was judged is in no commit: docs/brand new, docs/changed, docs/gone and 1 more"
    )


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (
            "behind",
            "origin did not take main: [rejected] (fetch first), it has commits that are not here: bring them in",
        ),
        pytest.param("gone", "not pushed to origin: fatal: '", marks=SLOW),
        pytest.param("unnamed", "not pushed to nowhere: fatal: 'nowhere' does not appear to be a git", marks=SLOW),
        ("hook", "origin did not take main: [remote rejected] (pre-receive hook declined) (remote: not on a friday)"),
    ],
)
def test_what_the_remote_does_not_take(why: str, said: str, tiny: MakeTiny) -> None:
    """It is committed, and said not to be there; the verdict is what it was."""
    project = drifted(begun(tiny(cycle(f"commit: x, push: {'nowhere' if why == 'unnamed' else 'origin'}"))))
    remote = project.root.parent / "remote"
    match why:
        case "behind":
            git(project.root, "clone", "-q", str(remote), str(project.temporary / "other"))
            git(project.temporary / "other", "commit", "-q", "--allow-empty", "-m", "theirs")
            git(project.temporary / "other", "push", "-q", "origin", "main")
        case "gone":
            remote.rename(remote.with_name("elsewhere"))
        case "hook":
            (remote / "hooks" / "pre-receive").write_text("#!/bin/sh\necho not on a friday\nexit 1\n")
            (remote / "hooks" / "pre-receive").chmod(0o755)
        case _:
            pass
    told = settled(project)
    assert "pushed" not in told or not told["pushed"]
    assert told["committed"] == head(project.root)
    assert told["problem"].startswith(said), told["problem"]


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("detached", "not committed: its head is detached, so that no branch would hold the commit: git switch BRANCH"),
        pytest.param("merging", "not committed: a merge is under way in it: end that first", marks=SLOW),
        ("nobody", "not committed: git does not know who commits: git config --global user.name NAME"),
        pytest.param("locked", "", marks=SLOW),
    ],
)
def test_what_keeps_a_commit_from_being_made(why: str, said: str, tiny: MakeTiny) -> None:
    project = drifted(begun(tiny(cycle("commit: x"))))
    match why:
        case "detached":
            git(project.root, "switch", "-q", "--detach")
        case "merging":
            (project.root / ".git" / "MERGE_HEAD").write_text(head(project.root) + "\n")
        case "nobody":
            git(project.root, "config", "--unset", "user.name")
            git(project.root, "config", "--unset", "user.email")
        case _:
            (project.root / ".git" / "index.lock").write_text("")
    before = head(project.root)
    told = settled(project)
    if why == "locked":
        assert told["committed"] == head(project.root)
        assert told["problem"].startswith("the commit is made, but the index is not up to date with it (")
    else:
        assert told["how"] == "unsettled"
        assert told["problem"].startswith(said)
        assert "a part of the cycle" not in told["problem"]
        assert head(project.root) == before


@SLOW
def test_who_commits_may_stand_in_the_environment(tiny: MakeTiny) -> None:
    project = drifted(begun(tiny(cycle("commit: x"))))
    git(project.root, "config", "--unset", "user.name")
    git(project.root, "config", "--unset", "user.email")
    who: dict[str, Any] = {
        f"GIT_{role}_{what}": f"{role}@{what}" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    settled(project, **who)
    assert git(project.root, "log", "-1", "--format=%an %ce").strip() == "AUTHOR@NAME COMMITTER@EMAIL"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            "echo x >> docs/changed",
            "not committed: it changed since it was judged: docs/changed; nobody judged what is",
        ),
        pytest.param("git commit -q --allow-empty -m y", "not committed: its commit changed since", marks=SLOW),
    ],
)
def test_a_tree_that_changed_since_is_not_committed(command: str, said: str, tiny: MakeTiny) -> None:
    """What the teardown leaves was judged by nobody."""
    teardown = f"teardown: [{{run: '{command}', timeout: 9s}}]"
    project = drifted(begun(tiny(cycle("commit: x", f"{PASSES}\n{teardown}"))))
    assert settled(project)["problem"].startswith(said)
    assert git(project.root, "log", "-1", "--format=%s").strip() in {"all", "y"}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("git checkout -q -- docs", {"how": "reverted", "files": ["docs/changed"]}),
        ("git commit -qam kept || true", {"how": "kept"}),
    ],
)
def test_drift_that_was_there_at_the_start(command: str, expected: dict[str, Any], tiny: MakeTiny) -> None:
    gates = f"gates: {{suite: {{steps: {{check: {{run: '{command}'}}}}}}}}"
    project = begun(tiny(cycle('settle: ["docs/**"]', gates)))
    (project.root / "docs" / "changed").write_text("new\n")
    told = settled(project)
    if expected["how"] == "kept":
        expected = {**expected, "commits": [f"{head(project.root)[:12]} kept"]}
    assert told == expected


def test_two_repos_of_the_cycle_in_one_git_repository(tiny: MakeTiny) -> None:
    """Each has a commit of its own, also where one lies in the other."""
    repos = "repos: {docs: {path: docs, commit: docs}, all: {path: ., commit: rest}, other: {path: ., settle: ['**']}}"
    text = f"{repos}\n{PASSES}"
    project = drifted(begun(tiny(text)))
    (project.root / "else").write_text("x")
    project.gatekeeper("run", "tiny", **NOBODY).expect(0)
    assert git(project.root, "log", "--format=%s").split() == ["rest", "docs", "all"]
    assert git(project.root, "show", "--format=", "--name-only", "HEAD").split() == ["else"]
    assert git(project.root, "status", "--porcelain") == ""
    hows = {event["repo"]: event["how"] for event in project.journal.events("repo.settled")}
    assert hows == {"docs": "kept", "all": "kept", "other": "kept"}


@SLOW
def test_a_remote_that_does_not_answer_does_not_hold_a_stopped_run(tiny: MakeTiny) -> None:
    """Ctrl-C ends git and what it started for the remote; the commit is there."""
    project = drifted(begun(tiny(cycle("commit: x, push: far"))))
    git(project.root, "remote", "add", "far", "ssh://far.example.test/it")
    ssh = project.temporary / "ssh"
    ssh.write_text('#!/bin/sh\necho $$ > "$BEACONS/pid.tmp"\nmv "$BEACONS/pid.tmp" "$BEACONS/pid"\nexec sleep 1000\n')
    ssh.chmod(0o755)
    going = project.start("run", "tiny", GIT_SSH=str(ssh), **NOBODY)
    pid = project.temporary / "pid"
    going.until(pid.exists, "git asks the remote")
    going.send(signal.SIGINT)
    done = going.end()
    assert done.code in {0, 130}, done
    told = project.journal.last("repo.settled")
    assert told["committed"] == head(project.root)
    assert told["problem"].startswith("not pushed to far: no answer within 120 s, or the run was told to stop")
    assert subprocess.run(("ps", "-p", pid.read_text().strip()), capture_output=True, check=False).returncode


@SLOW
def test_a_repository_with_long_ids(tiny: MakeTiny) -> None:
    project = tiny(cycle("commit: x"))
    git(project.root, "init", "-q", "--object-format=sha256")
    git(project.root, "config", "user.name", "Ada")
    git(project.root, "config", "user.email", "ada@example.test")
    git(project.root, "add", "-A")
    git(project.root, "commit", "-qm", "all")
    (project.root / "new").write_text("x")
    assert settled(project)["committed"] == head(project.root)
    assert len(head(project.root)) == 64
