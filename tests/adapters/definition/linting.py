"""What the tests of the lint share: the findings of a definition, the rules that a script breaks."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.adapters.definition.lint import LintFinding, lint
from gatekeeper.adapters.definition.loading import load
from tests.adapters.definition.definitions import HEAD


def findings(tmp_path: Path, text: str, name: str = "c.yaml") -> tuple[LintFinding, ...]:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return lint(str(path), load(str(path), root=str(tmp_path)))


def rules(tmp_path: Path, script: str, more: str = "") -> list[str]:
    """The rules that a step with this script breaks."""
    body = "".join(f"          {line}\n" for line in script.splitlines())
    text = f"{HEAD}gates:\n  g:\n    steps:\n      s:\n        run: |\n{body}{more}"
    return sorted({found.rule for found in findings(tmp_path, text)})
