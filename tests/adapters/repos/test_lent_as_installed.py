"""A folder of dependencies is lent to a worktree only where that asks for what was installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.adapters.repos.sharing import unlike

NAMES = ("node_modules", ".venv", "web/node_modules", "vendor", "cache")


def lay(folder: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    folder.mkdir(exist_ok=True)
    return str(folder)


@pytest.mark.parametrize(
    ("here", "there", "apart"),
    [
        ({}, {}, {}),
        ({"package-lock.json": "a"}, {"package-lock.json": "a"}, {}),
        (
            {"package-lock.json": "a"},
            {"package-lock.json": "b"},
            {"node_modules": "package-lock.json", "web/node_modules": "package-lock.json"},
        ),
        ({"web/yarn.lock": "a"}, {"web/yarn.lock": "b"}, {"web/node_modules": "web/yarn.lock"}),
        ({"uv.lock": "a"}, {}, {".venv": "uv.lock"}),
        ({}, {"requirements-dev.txt": "a"}, {".venv": "requirements-dev.txt"}),
        (
            {"composer.lock": "a", "Cargo.lock": "b"},
            {"composer.lock": "b", "Cargo.lock": "b"},
            {"vendor": "composer.lock"},
        ),
        ({"README": "a"}, {"README": "b"}, {}),
    ],
)
def test_the_lock_files_say_so(
    tmp_path: Path, here: dict[str, str], there: dict[str, str], apart: dict[str, str]
) -> None:
    assert unlike(lay(tmp_path / "here", here), lay(tmp_path / "there", there), NAMES) == apart
