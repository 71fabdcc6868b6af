"""`check` looks at the files that globs name, and at the patterns that there are; it runs nothing but git."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gatekeeper.cli.main import run
from tests.support.projects import git

DEFINITION = """\
gatekeeper: 1
cycle: shop
until_green:
  rounds: 4
  mitigate: [dns_failure, dns_failures]
  fixer:
    run: ./fix.sh
    in: ${env:SHOP:-.}
    scope: ["src/**", "**/*.yaml", "lib/**"]
    protected: [tests, contract/**]
gates:
  suite:
    steps:
      unit: {run: ./unit.sh, inputs: ["src/**", "dist/**", "src/[id].py"]}
      matrix:
        run: ./unit.sh ${matrix.part}
        in: src
        inputs: ["${matrix.part}/**", ../tests]
        matrix: {part: [a, b]}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in git, and us in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHOP", raising=False)
    git(tmp_path, "init", "--quiet")
    files = {"src/[id].py": "", "src/a/x.py": "", "tests/t.py": "", "dist/out": "", ".gitignore": "dist\n"}
    for name, text in {**files, "gates/shop.yaml": DEFINITION}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], code: int) -> list[tuple[str, int, str]]:
    capsys.readouterr()
    assert run(["check", "--format", "json"]) == code
    [definition] = json.loads(capsys.readouterr().out)["definitions"]
    return [(found["rule"], found["line"], found["key"]) for found in definition["findings"]]


def test_what_names_nothing_and_what_nobody_knows_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ignored files, misspelt globs and patterns, and a scope that holds what the fixer is judged by."""
    assert told(capsys, 1) == [
        ("unknown-pattern", 5, "until_green.mitigate[1]"),
        ("scope-judges", 9, "until_green.fixer.scope"),
        ("matches-nothing", 9, "until_green.fixer.scope[2]"),
        ("matches-nothing", 10, "until_green.fixer.protected[1]"),
        ("matches-nothing", 14, "gates.suite.steps.unit.inputs[1]"),
        ("matches-nothing", 18, "gates.suite.steps.matrix.inputs[0]"),
    ]
    assert run(["check"]) == 1
    out = capsys.readouterr().out
    assert "did you mean `dns_failure`?" in out
    assert "the fixer may change gates/shop.yaml, by which it is judged" in out
    assert 'write `protected: ["gates"]`' in out
    assert "`b/**` names no file" in out


def test_a_project_in_order_is_clean(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is protected may be in the scope, and new files count as soon as they are there."""
    text = DEFINITION.replace(", dns_failures", "").replace(', "lib/**"', "").replace("contract/**", "gates")
    text = text.replace('"dist/**", ', "")
    (project / "gates/shop.yaml").write_text(text)
    (project / "src/b").mkdir()
    (project / "src/b/new.py").touch()
    assert told(capsys, 0) == []


def test_a_pattern_of_the_projects_own_is_known(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its name is its file's."""
    (project / "gates/patterns").mkdir()
    (project / "gates/patterns/dns_failures.yaml").write_text("pattern: dns_failures\n")
    run(["check", "--format", "json"])
    out = capsys.readouterr().out
    assert "unknown-pattern" not in out


def test_what_cannot_be_looked_at_is_no_finding(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without git nobody can tell, and a variable that is not set may lead anywhere."""
    text = DEFINITION.replace(", dns_failures", "").replace("${env:SHOP:-.}", "${env:SHOP}")
    (project / "gates/shop.yaml").write_text(text)
    monkeypatch.setenv("PATH", str(project))
    assert told(capsys, 0) == []
