"""A verdict belongs to a tree: `gatekeeper verdict` says what is known of one, and runs nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, git

CYCLE = """
gates:
  g:
    steps:
      reads: {run: 'test "$(cat fact)" = good'}
"""


def commit(project: Project, message: str = "as it is") -> None:
    if not (project.root / ".git").exists():
        git(project.root, "init", "--quiet")
    git(project.root, "add", "--all")
    git(project.root, "commit", "--quiet", "--allow-empty", "--message", message)


def write(project: Project, text: str) -> None:
    (project.root / "fact").write_text(f"{text}\n", "utf-8")


@pytest.fixture
def project(tiny: MakeTiny) -> Project:
    made = tiny(CYCLE)
    write(made, "good")
    commit(made)
    return made


def test_what_ran_is_known_and_what_did_not_is_not(project: Project) -> None:
    project.gatekeeper("verdict").expect(3)
    project.gatekeeper("run", "tiny").expect(0)
    assert "green" in project.gatekeeper("verdict").expect(0).out
    project.gatekeeper("verdict", "HEAD").expect(0)
    write(project, "bad")
    project.gatekeeper("verdict").expect(3)
    project.gatekeeper("verdict", "HEAD").expect(0)
    project.gatekeeper("run", "tiny").expect(1)
    done = project.gatekeeper("verdict").expect(1)
    assert f"gatekeeper show {project.journals()[-1].run}" in done.out
    write(project, "good")
    project.gatekeeper("verdict").expect(0)


@pytest.mark.slow
def test_what_was_green_uncommitted_is_green_as_a_commit(project: Project) -> None:
    """Also an untracked file; and another commit that holds the same."""
    (project.root / "new").write_text("new\n", "utf-8")
    project.gatekeeper("run", "tiny").expect(0)
    commit(project)
    project.gatekeeper("verdict", "HEAD").expect(0)
    commit(project, "empty")
    project.gatekeeper("verdict", "HEAD").expect(0)
    project.gatekeeper("verdict", "HEAD~2").expect(3)


@pytest.mark.slow
def test_a_run_at_a_commit_and_one_in_place_answer_for_each_other(project: Project) -> None:
    project.gatekeeper("run", "tiny", "--at", "HEAD").expect(0)
    project.gatekeeper("verdict").expect(0)
    write(project, "bad")
    commit(project)
    project.gatekeeper("run", "tiny").expect(1)
    project.gatekeeper("verdict", "HEAD").expect(1)


@pytest.mark.slow
def test_the_log_that_the_cycle_writes_does_not_count(tiny: MakeTiny) -> None:
    project = tiny('log: {file: "logs/log_${run.date}.md"}' + CYCLE)
    write(project, "good")
    commit(project)
    project.gatekeeper("run", "tiny").expect(0)
    commit(project, "with the log")
    assert list((project.root / "logs").iterdir())
    project.gatekeeper("verdict", "HEAD").expect(0)


@pytest.mark.slow
def test_another_definition_program_or_value_is_another_subject(project: Project, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    tool = tools / "mytool"
    tool.write_text("#!/bin/sh\n", "utf-8")
    tool.chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    project.define("vars: {v: '${env:VALUE:-none}'}\ngates: {g: {steps: {uses: {run: mytool}}}}")
    project.gatekeeper("run", "tiny", PATH=path).expect(0)
    project.gatekeeper("verdict", PATH=path).expect(0)
    project.gatekeeper("verdict", PATH=path, VALUE="other").expect(3)
    tool.write_text("#!/bin/sh\n# newer\n", "utf-8")
    project.gatekeeper("verdict", PATH=path).expect(3)
    project.define("gates: {g: {steps: {uses: {run: 'true'}}}}")
    project.gatekeeper("verdict", PATH=path).expect(3)


@pytest.mark.slow
def test_a_part_of_the_cycle_is_no_verdict_of_it(project: Project) -> None:
    project.gatekeeper("run", "tiny", "--only", "g").expect(0)
    project.gatekeeper("verdict").expect(3)


@pytest.mark.slow
def test_flaky_is_never_reused(tiny: MakeTiny) -> None:
    luck = 'test -e "$BEACONS/seen" || { touch "$BEACONS/seen"; exit 1; }'
    project = tiny(f"until_green: {{flaky: pass}}\ngates: {{g: {{steps: {{luck: {{run: '{luck}'}}}}}}}}")
    commit(project)
    project.gatekeeper("run", "tiny").expect(0)
    done = project.gatekeeper("verdict").expect(4)
    assert "it failed and passed on this tree" in done.out


@pytest.mark.slow
def test_reuse_never_says_so(tiny: MakeTiny) -> None:
    project = tiny("reuse: never" + CYCLE)
    write(project, "good")
    commit(project)
    project.gatekeeper("run", "tiny").expect(0)
    assert "reuse: never" in project.gatekeeper("verdict").expect(3).out


@pytest.mark.slow
def test_json_tells_the_same(project: Project) -> None:
    project.gatekeeper("run", "tiny").expect(0)
    told = json.loads(project.gatekeeper("verdict", "HEAD", "--format", "json").expect(0).out)
    (cycle,) = told["cycles"]
    assert (cycle["answer"], cycle["exit_code"], cycle["run"]) == ("green", 0, project.journal.run)
    assert cycle["commit"] == git(project.root, "rev-parse", "HEAD").strip()


@pytest.mark.slow
def test_several_cycles_answer_with_the_worst(project: Project) -> None:
    project.define("gates: {g: {steps: {no: {run: 'false'}}}}", "worse")
    project.gatekeeper("run", "tiny").expect(0)
    project.gatekeeper("verdict").expect(3)
    project.gatekeeper("verdict", "--cycle", "tiny").expect(0)
    project.gatekeeper("run", "worse").expect(1)
    project.gatekeeper("verdict").expect(1)


@pytest.mark.slow
def test_a_verdict_that_somebody_moved_answers_for_nothing(project: Project) -> None:
    project.gatekeeper("run", "tiny").expect(0)
    (kept,) = (project.root / ".gatekeeper" / "verdicts").iterdir()
    green = kept.read_text("utf-8")
    write(project, "bad")
    project.gatekeeper("run", "tiny").expect(1)
    for path in (project.root / ".gatekeeper" / "verdicts").iterdir():
        path.write_text(green, "utf-8")
    project.gatekeeper("verdict").expect(3)


def test_what_cannot_be_told_is_said(project: Project, tiny: MakeTiny) -> None:
    assert "the ref 'nowhere' is not known" in project.gatekeeper("verdict", "nowhere").expect(3).err
    assert "cannot be kept" in tiny(CYCLE).gatekeeper("verdict").expect(3).err
    project.gatekeeper("verdict", "--cycle", "tine").expect(2)


@pytest.mark.slow
def test_what_a_condition_asks_for_and_what_has_a_default_belongs_to_it(tiny: MakeTiny) -> None:
    """A step that did not run for that reason was not judged."""
    steps = "{a: {run: 'echo ${env:OTHER:-x}'}, b: {run: 'true', if: {env: {MODE: full}, branch: [main]}}}"
    project = tiny(f"gates: {{g: {{steps: {steps}}}}}")
    commit(project)
    project.gatekeeper("run", "tiny").expect(0)
    project.gatekeeper("verdict", "HEAD").expect(0)
    project.gatekeeper("verdict", MODE="full").expect(3)
    project.gatekeeper("verdict", OTHER="y").expect(3)
    git(project.root, "checkout", "--quiet", "-b", "aside")
    project.gatekeeper("verdict").expect(3)


def test_what_judges_counts_though_a_step_calls_it_an_artifact(tiny: MakeTiny) -> None:
    project = tiny("gates: {g: {steps: {tests: {run: sh tests/test_it.sh, artifacts: ['tests/**']}}}}")
    test = project.root / "tests" / "test_it.sh"
    test.parent.mkdir()
    test.write_text("true\n", "utf-8")
    commit(project)
    project.gatekeeper("run", "tiny").expect(0)
    project.gatekeeper("verdict", "HEAD").expect(0)
    test.write_text("false\n", "utf-8")
    project.gatekeeper("verdict").expect(3)
    commit(project)
    project.gatekeeper("verdict", "HEAD").expect(3)
    project.gatekeeper("run", "tiny").expect(1)


def test_a_package_that_was_replaced_belongs_to_it(project: Project) -> None:
    """An installer removes what it wrote for the old version, and writes that of the new one."""
    packages = project.root / ".venv" / "lib" / "python3.11" / "site-packages"
    (packages / "dep-1.dist-info").mkdir(parents=True)
    (project.root / ".gitignore").write_text(".venv/\n", "utf-8")
    commit(project)
    project.gatekeeper("run", "tiny").expect(0)
    project.gatekeeper("verdict").expect(0)
    (packages / "dep-1.dist-info").rename(packages / "dep-2.dist-info")
    project.gatekeeper("verdict").expect(3)
    project.gatekeeper("run", "tiny").expect(0)
    project.gatekeeper("verdict", "HEAD").expect(0)


def test_a_fifo_among_what_is_kept_holds_nobody(project: Project) -> None:
    """In the place of a journal, of a verdict, of what is written down of pushes: nobody is at its other end."""
    project.gatekeeper("run", "tiny").expect(0)
    state, odd = project.root / ".gatekeeper", "2026-01-01T00-00-00Z-tiny-aaaa"
    (state / "runs" / odd).mkdir()
    (kept,) = (state / "verdicts").iterdir()
    kept.unlink()
    for place in (state / "runs" / odd / "journal.jsonl", kept, state / "pushes.jsonl"):
        os.mkfifo(place)
    for words in (("verdict",), ("status",), ("audit", "HEAD"), ("run", "tiny")):
        project.gatekeeper(*words)
    project.gatekeeper("verdict").expect(0)
