"""Globs that find what Python's find, and end."""

from __future__ import annotations

from glob import glob
from pathlib import Path

import pytest

from gatekeeper.adapters.testreports.places import matching

FILES = ("a.xml", "b.txt", "r/a.xml", "r/.hidden.xml", "r/s/t/a.xml", ".h/a.xml", "x/r/a.xml", "odd[1].xml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to(tmp_path / "r")
    (tmp_path / "broken.xml").symlink_to(tmp_path / "nowhere")
    return tmp_path


@pytest.mark.parametrize(
    "pattern",
    [
        "*.xml", "a.xml", "r/*.xml", "*/a.xml", "link/*.xml", "link/a.xml", "?.xml", "[ab].*", "r/.*", ".h/*",
        "odd[[]1].xml", "x/../a.xml", "./a.xml", "nowhere/*", "nowhere.xml", "r", "r/**/t/*", "r/**/**/t/*.xml",
        "r/**/*.xml", "x/**/r/**/*.xml",
    ],
)  # fmt: skip
def test_as_python_finds_them(folder: Path, pattern: str) -> None:
    expected = {str(Path(name)) for name in glob(pattern, root_dir=folder, recursive=True)}
    assert {str(Path(name)) for name in matching(pattern, str(folder))} == expected


def test_any_depth_goes_through_no_link(folder: Path) -> None:
    assert matching("**/*.xml", str(folder)) == sorted(
        name for name in (*FILES, "broken.xml") if name.endswith(".xml") and "/." not in f"/{name}"
    )
    assert "r/s/t/a.xml" in matching("**", str(folder))


def test_an_absolute_glob(folder: Path) -> None:
    assert matching(f"{folder}/*.txt", "/somewhere/else") == [f"{folder}/b.txt"]
