"""The lock: what pip may install is pinned, hashed, complete, and names no place to fetch it from."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from requirements.check_lock import misfits, read_lock

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the lock is made from, to be spoilt."""
    (tmp_path / "requirements").mkdir()
    for name in ("pyproject.toml", "requirements/run.in", "requirements/run.txt", "requirements/dev.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def replace(file: Path, pattern: str, new: str) -> None:
    text, count = re.subn(pattern, new, file.read_text(), count=1, flags=re.MULTILINE)
    assert count == 1
    file.write_text(text)


def test_the_lock_that_is_checked_in_fits() -> None:
    """Every dependency of pyproject.toml and of run.in is pinned within its range, in both files alike."""
    assert misfits(ROOT) == []


@pytest.mark.parametrize("kind", ["run", "dev"])
def test_every_pin_has_a_hash_and_no_line_an_address(kind: str) -> None:
    """Set-up is reproducible, from whatever index the machine is configured for."""
    text = (ROOT / "requirements" / f"{kind}.txt").read_text()
    lock = read_lock(text)
    assert len(lock.pins) > 10
    assert lock.unhashed == ()
    assert not re.search(r"://|^\s*--(?!hash=)|^-", text, re.MULTILINE)


def test_a_dependency_that_nobody_locked_is_named(project: Path) -> None:
    """Adding to pyproject.toml without `make lock` fails the check, for both files."""
    replace(project / "pyproject.toml", r"^dependencies = \[", 'dependencies = ["left-pad>=1",')
    assert misfits(project) == [
        "requirements/run.txt does not pin left-pad",
        "requirements/dev.txt does not pin left-pad",
    ]


def test_a_raised_lower_bound_is_noticed(project: Path) -> None:
    """A pin outside the declared range is a lock that was forgotten."""
    replace(project / "pyproject.toml", r'"anyio>=[0-9.]+"', '"anyio>=99"')
    assert [line.split(" pins ")[0] for line in misfits(project)] == ["requirements/run.txt", "requirements/dev.txt"]


def test_two_versions_of_one_package_are_noticed(project: Path) -> None:
    """What the tests run with is what the main job runs with."""
    version = read_lock((project / "requirements/run.txt").read_text()).pins["rich"]
    replace(project / "requirements/dev.txt", rf"rich=={re.escape(version)}", "rich==13.9.0")
    assert misfits(project) == [f"rich is {version} in requirements/run.txt and 13.9.0 in requirements/dev.txt"]


def test_an_address_in_the_lock_is_refused(project: Path) -> None:
    """No file of the repository says where packages come from."""
    with (project / "requirements/run.txt").open("a") as lock:
        lock.write("--index-url https://packages.example.test/simple\n")
    assert misfits(project) == ["requirements/run.txt holds an address or a path"]
