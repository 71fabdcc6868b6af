"""A step that was red runs once more on the tree before its fix: real bugs, flakes, and what says nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gatekeeper.engine.stop import Stop
from tests.cli.fix_proofs import CHECK, COMMAND, committed, nothing_left, proofs, prove, red, seen_red
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, git

pytestmark = pytest.mark.slow


def test_a_real_fix_fails_without_it(tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a run of its own, which is no run of the cycle; the tree after the fix stays as it is."""
    project = red(tiny(CHECK))
    due = seen_red(project, "suite/check")
    (project.root / "value").write_text("good\n")
    proved = prove(project, due, monkeypatch)
    assert proved.outcome == "failed", proved
    assert proved.message == "exit code 4: no good"
    assert (project.root / "value").read_text() == "good\n"
    assert git(project.root, "status", "--porcelain") == " M value\n"
    nothing_left(project)
    (folder,) = proofs(project)
    assert folder.name == proved.run
    started = json.loads((folder / "journal.jsonl").read_text().splitlines()[0])["data"]
    assert started["proof"] == "suite/check, on the tree before its fix"
    assert started["tree"] == due.tree


def test_a_flake_that_an_edit_laundered_passes_without_it(tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """It failed by chance (here: the first time); somebody changed something else, and then it passed."""
    text = CHECK.replace("grep -qx good value", '[ -e "$BEACONS/ran" ]').replace("echo", 'touch "$BEACONS/ran"; echo')
    project = red(tiny(text))
    due = seen_red(project, "suite/check")
    (project.root / "value").write_text("another\n")
    proved = prove(project, due, monkeypatch)
    assert proved.outcome == "passed", proved
    assert not proved.message
    nothing_left(project)


def test_what_nobody_had_committed_is_there(tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """New files, deleted ones, staged ones and executable ones, as uncommitted as they were; and no others."""
    script = "git status --porcelain=v1 -uall; git log -1 --format=%s; ls; test -x tool; ! test -e gone; exit 7"
    project = tiny(CHECK.replace(COMMAND, script))
    (project.root / "gone").write_text("x")
    (project.root / "tool").write_text("x")
    (project.root / ".gitignore").write_text("ignored\n")
    committed(project.root)
    (project.root / "gone").unlink()
    (project.root / "tool").chmod(0o755)
    (project.root / "staged").write_text("x")
    git(project.root, "add", "staged")
    (project.root / "new folder").mkdir()
    (project.root / "new folder" / "file").write_text("x")
    (project.root / "ignored").write_text("x")
    due = seen_red(project, "suite/check")
    git(project.root, "add", "-A")
    git(project.root, "commit", "-qm", "the fix")
    proved = prove(project, due, monkeypatch)
    assert proved.outcome == "failed", proved
    (folder,) = proofs(project)
    assert (folder / "output" / "suite.check.1.log").read_text().splitlines() == [
        *(" D gone", " M tool", '?? "new folder/file"', "?? staged"),
        "all",
        *("gates", "new folder", "staged", "tool"),
    ]


def test_it_failed_for_another_reason(tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """What git ignores was not there: that is told, and what to write."""
    text = CHECK.replace("grep", "cat vendor/lib >/dev/null || exit 5; grep")
    project = tiny(text)
    (project.root / "vendor").mkdir()
    (project.root / "vendor" / "lib").write_text("x")
    (project.root / ".gitignore").write_text("vendor/\n")
    due = seen_red(red(project), "suite/check")
    (project.root / "value").write_text("good\n")
    proved = prove(project, due, monkeypatch)
    assert proved.outcome == "unclear"
    assert proved.message == (
        "it is failed for another reason than it was: exit code 5: cat: vendor/lib: No such file or directory; a "
        "scratch worktree has nothing that git ignores, here vendor/: a folder that the step needs is lent by `share: "
        "[vendor]` of the repo project"
    )


def test_folders_of_dependencies_are_lent(tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a workspace's own package in one of them is that of the worktree, not that after the fix."""
    text = CHECK.replace("grep", "cat node_modules/lib/index; cd node_modules/own; test -L ../own; grep")
    project = tiny(text)
    packages = project.root / "packages" / "own"
    packages.mkdir(parents=True)
    (packages / "value").write_text("bad\n")
    modules = project.root / "node_modules"
    (modules / "lib").mkdir(parents=True)
    (modules / "lib" / "index").write_text("x")
    (modules / "own").symlink_to("../packages/own")
    (project.root / ".gitignore").write_text("node_modules/\n")
    due = seen_red(red(project), "suite/check")
    (packages / "value").write_text("good\n")
    proved = prove(project, due, monkeypatch)
    assert proved.outcome == "failed", proved
    assert (modules / "lib" / "index").read_text() == "x"
    nothing_left(project)


def test_an_environment_that_leads_back_proves_nothing(tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editable install has the step look at the tree after the fix, where it passes."""
    site = ".venv/lib/python3.11/site-packages"
    project = tiny(CHECK.replace("value", f'"$(cat {site}/here.pth)/value"'))
    place = project.root / site
    place.mkdir(parents=True)
    (place / "here.pth").write_text(f"{project.root}\n")
    (project.root / ".gitignore").write_text(".venv\n")
    due = seen_red(red(project), "suite/check")
    (project.root / "value").write_text("good\n")
    proved = prove(project, due, monkeypatch)
    assert proved.outcome == "unclear"
    assert f"{site}/here.pth leads programs back to the tree after it" in proved.message


def test_what_it_needs_does_not_pass_there(tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
gates:
  build: {steps: {make: {run: "test -e cache"}}}
  suite: {needs: [build], steps: {check: {run: "exit 4"}}}
"""
    project = tiny(text)
    (project.root / "cache").write_text("x")
    (project.root / ".gitignore").write_text("cache\n")
    due = seen_red(red(project), "suite/check")
    proved = prove(project, due, monkeypatch)
    assert proved.outcome == "unclear"
    assert "it does not run, because build/make, which it needs, is failed: exit code 1; a scratch" in proved.message


def test_a_step_that_needs_a_service_and_its_port(tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run's own port, which it holds all the while, is the trial's too; and the service is gone afterwards."""
    text = """
ports: {web: auto}
gates:
  up:
    steps:
      serve:
        run: '"$PYTHON" -m http.server --bind 127.0.0.1 "$PORT" & echo $! > "$BEACONS/server"'
        keep: web
        ready: {http: "GET http://127.0.0.1:${port.web}/", expect: {status: 200}, within: 20s}
  ask:
    needs: [up]
    steps:
      value: {http: "GET http://127.0.0.1:${port.web}/value", expect: {status: 200, contains: good}}
"""
    due = seen_red(red(project := tiny(text)), "ask/value")
    (project.root / "value").write_text("good\n")
    proved = prove(project, due, monkeypatch)
    assert proved.outcome == "failed", proved
    pid = (project.temporary / "server").read_text().strip()
    assert not Path(f"/proc/{pid}").exists()
    nothing_left(project)


def test_a_project_in_a_subfolder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies beside it in the repository is as it was, too."""
    outer = tmp_path / "outer repo"
    project = Project.with_cycle(outer / "app", CHECK.replace("value", "../lib/value"))
    (outer / "lib").mkdir()
    (outer / "lib" / "value").write_text("bad\n")
    committed(outer)
    (outer / "lib" / "value").write_text("worse\n")
    due = seen_red(project, "suite/check", {"project": outer})
    (outer / "lib" / "value").write_text("good\n")
    proved = prove(project, due, monkeypatch)
    assert proved.outcome == "failed", proved
    assert (outer / "lib" / "value").read_text() == "good\n"


def test_two_repos_beside_a_project_that_is_in_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each stands for what it was, however a step finds it; one of them has SHA-256 ids."""
    text = """
vars: {library: "${env:LIBRARY}"}
repos: {app: {path: app}, lib: {path: "${env:LIBRARY}"}}
gates:
  suite:
    steps:
      check:
        run: 'cat value ${repo.lib.path}/value ${vars.library}/value | tr "\\n" " "; exit 3'
        in: app
"""
    project = Project.with_cycle(tmp_path / "project", text)
    app, lib = project.root / "app", tmp_path / "lib"
    for folder, options in ((app, ()), (lib, ("--object-format=sha256",))):
        folder.mkdir()
        (folder / "value").write_text("committed\n")
        committed(folder, *options)
    (lib / "value").write_text("bad\n")
    project.always["LIBRARY"] = str(lib)
    due = seen_red(project, "suite/check", {"app": app, "lib": lib})
    git(lib, "commit", "-qam", "worse")
    (lib / "value").write_text("good\n")
    proved = prove(project, due, monkeypatch)
    assert proved.outcome == "failed", proved
    (folder,) = proofs(project)
    assert (folder / "output" / "suite.check.1.log").read_text().split() == ["committed", "bad", "bad"]
    nothing_left(project, app, lib)


def test_a_condition_on_the_branch_holds_there(tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worktree is on no branch; the step applied in the run, and so it does here."""
    project = red(tiny(CHECK.replace("run:", "if: {branch: ma*}\n        run:")))
    due = seen_red(project, "suite/check")
    (project.root / "value").write_text("good\n")
    assert prove(project, due, monkeypatch).outcome == "failed"


def test_a_definition_that_was_edited_meanwhile(tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is judged by what the run judges by, of which the run has a copy."""
    project = red(tiny(CHECK))
    due = seen_red(project, "suite/check")
    original = (project.root / "gates" / "tiny.yaml").read_text()

    async def edit(_stop: Stop) -> None:
        project.define("gates: {suite: {steps: {check: {run: 'true'}}}}")

    proved = prove(project, due, monkeypatch, beside=edit)
    assert proved.outcome == "failed", proved
    (folder,) = proofs(project)
    assert (folder / "definition.yaml").read_text() == original


@pytest.mark.parametrize(
    ("due_of", "said"),
    [("nothing kept", "what the repo project held then was not kept"), ("no such commit", "is not known in")],
)
def test_what_cannot_be_set_up(due_of: str, said: str, tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch) -> None:
    project = red(tiny(CHECK))
    due = seen_red(project, "suite/check")
    due = due._replace(snapshot=() if due_of == "nothing kept" else (("project", "1" * 40),))
    proved = prove(project, due, monkeypatch)
    assert proved.outcome == "unclear"
    assert proved.message.startswith("it could not be tried: ")
    assert said in proved.message


def test_a_folder_that_is_no_repository(tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tiny(CHECK)
    (project.root / "value").write_text("bad\n")
    due = seen_red(project, "suite/check", {})
    assert "the repo project is in no git repository" in prove(project, due, monkeypatch).message


def test_a_repository_in_which_only_the_definition_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no part of the tree: it is there as it is now, with what nobody committed."""
    text = """
repos: {lib: {path: ../lib}}
gates:
  suite:
    steps:
      check: {run: 'sh check.sh "$(pwd)" ${repo.lib.path}'}
"""
    project = Project.with_cycle(tmp_path / "project", text)
    lib = tmp_path / "lib"
    lib.mkdir()
    (lib / "value").write_text("bad\n")
    committed(lib)
    committed(project.root)
    (project.root / "check.sh").write_text('echo "$@"; grep -qx good "$2/value" || exit 4\n')
    due = seen_red(project, "suite/check", {"lib": lib})
    (lib / "value").write_text("good\n")
    proved = prove(project, due, monkeypatch)
    assert proved.outcome == "failed", proved
    (folder,) = proofs(project)
    for place in (folder / "output" / "suite.check.1.log").read_text().split():
        assert place.startswith(str(project.root / ".gatekeeper" / "worktrees"))
    nothing_left(project, project.root, lib)
