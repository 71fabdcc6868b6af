"""The project's gates and examples in a folder of their own, and changing one place of a file in it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.projects import ROOT, git


def make_example(root: Path) -> None:
    """The project's gates and examples as a fresh clone has them, committed."""
    unwanted = shutil.ignore_patterns(
        ".run", "reports", "logs", "__pycache__", ".ruff_cache", ".mypy_cache", ".pytest_cache", ".gatekeeper"
    )
    for name in ("gates", "examples"):
        shutil.copytree(ROOT / name, root / name, ignore=unwanted)
    shutil.copyfile(ROOT / ".gitignore", root / ".gitignore")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "As it is cloned")


def edit(file: Path, old: str, new: str) -> None:
    """Change one place of a file; a place that is not there any more fails the test that counts on it."""
    text = file.read_text("utf-8")
    assert text.count(old) == 1, f"{file} has {text.count(old)} times: {old}"
    file.write_text(text.replace(old, new), "utf-8")
