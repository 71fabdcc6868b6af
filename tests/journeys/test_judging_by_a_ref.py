"""What a run is judged by can be taken from a ref that nobody touched, and is watched from its start to its end."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, git

SUITE = """
integrity: {others: fail}
gates:
  a:
    steps:
      one: {run: "./check.sh"}
"""
TEST = "def test_a():\n    assert f() == 1\n"


@pytest.fixture
def project(tiny: MakeTiny) -> Project:
    """On `main` one step, one script that it runs, and one test."""
    project = tiny(SUITE)
    write(project, "check.sh", "#!/bin/sh\nset -e\nif [ -e change ]; then . ./change; fi\necho checked\n")
    write(project, "tests/test_a.py", TEST)
    (project.root / "check.sh").chmod(0o755)
    if not (project.root / ".git").exists():
        git(project.root, "init", "-q")
    commit(project)
    git(project.root, "branch", "-f", "base")
    return project


def write(project: Project, path: str, text: str) -> Path:
    file = project.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def commit(project: Project) -> None:
    git(project.root, "add", "-A")
    git(project.root, "commit", "-qm", "Work")


def weaken(project: Project) -> Path:
    """The definition asks for nothing any more, and is committed so."""
    definition = project.root / "gates" / "tiny.yaml"
    text = definition.read_text("utf-8")
    definition.write_text(text.replace("./check.sh", "true").replace("others: fail", "others: warn"), "utf-8")
    commit(project)
    return definition


@pytest.mark.slow
def test_the_definition_of_the_ref_is_what_is_judged_by(project: Project) -> None:
    original = (project.root / "gates" / "tiny.yaml").read_bytes()
    weaken(project)
    done = project.gatekeeper("run", "tiny", "--judge-by", "base").expect(1)
    journal = project.journal
    assert journal.output("one") == "checked\n"
    assert (journal.folder / "definition.yaml").read_bytes() == original
    started = journal.last("run.started")
    assert started["definition"] == f"sha256:{hashlib.sha256(original).hexdigest()}"
    assert started["judge_by"] == f"base@{git(project.root, 'rev-parse', 'base').strip()}"
    assert journal.end["reason"] == "what the run is judged by was weakened"
    (change,) = journal.last("integrity.compared")["changes"]
    assert change["file"] == "gates/tiny.yaml"
    assert any(reason.startswith("changed-command: ") for reason in change["reasons"])
    assert "gates/tiny.yaml" in done.out
    assert journal.is_whole()


@pytest.mark.slow
def test_the_cache_never_takes_one_definition_for_the_other(project: Project) -> None:
    weaken(project)
    for _ in range(2):
        project.gatekeeper("run", "tiny", "--judge-by", "base").expect(1)
        assert project.journals()[-1].output("one") == "checked\n"
        project.gatekeeper("run", "tiny").expect(0)
        assert project.journals()[-1].output("one") == ""


@pytest.mark.slow
def test_a_base_in_the_definition_turns_a_weaker_branch_red(project: Project) -> None:
    definition = project.root / "gates" / "tiny.yaml"
    definition.write_text(definition.read_text("utf-8").replace("others: fail", "others: fail, base: base"), "utf-8")
    write(project, "tests/test_a.py", "def test_a():\n    assert True\n")
    commit(project)
    done = project.gatekeeper("run", "tiny").expect(1)
    assert "empty-assertion: test_a: `f() == 1` became `True`" in done.out


@pytest.mark.slow
def test_who_only_turns_the_demand_down_is_judged_by_the_demand_as_it_was(project: Project) -> None:
    definition = project.root / "gates" / "tiny.yaml"
    text = definition.read_text("utf-8")
    definition.write_text(text.replace("{others: fail}", "{others: warn, base: base}"), "utf-8")
    project.gatekeeper("run", "tiny").expect(1)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["the command line", "the definition"])
def test_a_ref_that_nobody_knows_starts_no_run(project: Project, where: str) -> None:
    arguments: tuple[str, ...] = ("--judge-by", "origin/nowhere")
    if where == "the definition":
        arguments = ()
        definition = project.root / "gates" / "tiny.yaml"
        text = definition.read_text("utf-8")
        definition.write_text(text.replace("others: fail", "others: fail, base: origin/nowhere"), "utf-8")
    done = project.gatekeeper("run", "tiny", *arguments).expect(3)
    assert "origin/nowhere" in done.err
    assert project.journals() == []


@pytest.mark.slow
def test_a_definition_that_the_ref_has_not_is_an_error(project: Project) -> None:
    git(project.root, "rm", "-q", "--cached", "gates/tiny.yaml")
    git(project.root, "commit", "-qm", "Without")
    done = project.gatekeeper("run", "tiny", "--judge-by", "HEAD").expect(2)
    assert "there is no gates/tiny.yaml at HEAD" in done.err
    assert project.journals() == []


@pytest.mark.slow
def test_a_step_that_weakens_its_tests_makes_the_run_red(project: Project) -> None:
    """The step passes, and passes again on what it left; it has judged itself nevertheless."""
    write(project, "change", "printf 'def test_a():\\n    pass\\n' > tests/test_a.py\n")
    done = project.gatekeeper("run", "tiny").expect(1)
    (told,) = project.journal.last("tree.changed")["integrity"]
    assert told["effect"] == "weakening"
    assert "-    assert f() == 1" in told["diff"]
    assert project.journal.end["integrity"] == [{key: told[key] for key in told if key != "diff"}]
    assert "fewer-assertions" in done.out


@pytest.mark.slow
def test_a_step_that_alters_the_evidence_makes_the_run_red(project: Project) -> None:
    """Even where the cycle asks for nothing: the same number of bytes, so that the journal can go on."""
    definition = project.root / "gates" / "tiny.yaml"
    definition.write_text(definition.read_text("utf-8").replace("others: fail", "others: warn"), "utf-8")
    write(
        project,
        "change",
        "for j in .gatekeeper/runs/*/journal.jsonl; do\n"
        '  at=$(grep -bo \'"cycle":"tiny"\' "$j" | head -1 | cut -d: -f1)\n'
        '  printf X | dd of="$j" bs=1 seek=$((at + 9)) conv=notrunc 2>/dev/null\ndone\n',
    )
    project.gatekeeper("run", "tiny").expect(1)
    (change,) = project.journal.end["integrity"]
    assert change["kind"] == "evidence"
    assert "line 1 is not what this run wrote" in change["reasons"][0]


@pytest.mark.slow
def test_a_tree_that_stays_as_it_is_is_told_nothing_of(project: Project) -> None:
    project.gatekeeper("run", "tiny").expect(0)
    assert not project.journal.events("tree.changed")
    assert not project.journal.events("integrity.compared")
    assert "integrity" not in project.journal.end
