"""A stranger's first minute: what `make` and the set-up say, and what they do to a folder that is not in order."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAIN_TOOLS = ("sh", "make", "cat", "cksum", "id", "rm", "mkdir", "grep", "env")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the set-up reads of a checkout, below a path with a space and an apostrophe in it."""
    folder = tmp_path / "a stranger's clone"
    (folder / "requirements").mkdir(parents=True)
    for name in (
        "Makefile",
        "pyproject.toml",
        "requirements/set-up.sh",
        "requirements/run.txt",
        "requirements/dev.txt",
    ):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A folder for PATH that holds the plain tools of any machine, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in PLAIN_TOOLS:
        where = shutil.which(tool)
        if where is None:
            pytest.skip(f"{tool} is not on this machine")
        (folder / tool).symlink_to(where)
    return folder


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def make(*words: str, cwd: Path, path: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    environment: Mapping[str, str] = {
        "PATH": str(path) if path else os.environ["PATH"],
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        **more,
    }
    return subprocess.run(
        ["make", *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=50
    )


def finished_environment(checkout: Path) -> None:
    """Puts an environment into the checkout that looks as the set-up leaves it, without installing anything."""
    scripts = checkout / ".venv" / "bin"
    scripts.mkdir(parents=True)
    script(scripts / "python", f'exec "{sys.executable}" "$@"')
    script(scripts / "gatekeeper", 'echo "gatekeeper $*"')
    place = str(checkout.resolve() / ".venv")
    (scripts / "activate").write_text(f"VIRTUAL_ENV={place}\n")
    described = subprocess.run(
        [
            "sh",
            "-c",
            'kind=run lock=requirements/run.txt; eval "$(sed -n "/^wanted()/,/^}/p" requirements/set-up.sh)"; wanted',
        ],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    (checkout / ".venv" / "gatekeeper-run.stamp").write_text(described.stdout)


def test_make_alone_says_what_there_is_and_touches_nothing(checkout: Path) -> None:
    """Typing `make` lists the targets; it does not start to install anything."""
    answer = make(cwd=checkout)
    assert answer.returncode == 0
    for target in ("run", "test", "check", "bench", "format", "lock", "clean"):
        assert f"make {target}" in answer.stdout
    assert not (checkout / ".venv").exists()


def test_without_any_python_the_message_names_what_is_needed(checkout: Path, bare_path: Path) -> None:
    """No Python on the PATH ends in one sentence with the version wanted, and leaves nothing behind."""
    answer = make("run", cwd=checkout, path=bare_path)
    assert answer.returncode != 0
    assert "needs Python 3.11 or newer" in answer.stderr
    assert "no Python at all" in answer.stderr
    assert not (checkout / ".venv").exists()


def test_an_old_python_is_named_with_its_version(checkout: Path, bare_path: Path) -> None:
    """A python3 that is too old is said to be there, and to be too old."""
    script(bare_path / "python3", "case $3 in *print*) echo 3.9.18;; *) exit 1;; esac")
    answer = make("run", cwd=checkout, path=bare_path)
    assert answer.returncode != 0
    assert "python3 is 3.9.18" in answer.stderr
    assert not (checkout / ".venv").exists()


def test_a_python_without_venv_gets_the_package_named(checkout: Path, bare_path: Path) -> None:
    """Debian's python3 without python3-venv is the commonest stumble; the message ends it."""
    script(bare_path / "python3", "case $3 in *print*) echo 3.11.2;; *) exit 1;; esac")
    answer = make("run", cwd=checkout, path=bare_path)
    assert answer.returncode != 0
    assert "python3 (3.11.2) lacks ensurepip or venv" in answer.stderr
    assert "apt-get install python3.11-venv" in answer.stderr


def test_a_shim_that_only_complains_is_passed_over(checkout: Path, bare_path: Path) -> None:
    """A version manager's shim answers to python3.13 and runs nothing; the next name is tried."""
    script(bare_path / "python3.13", "echo 'python3.13: command not found' >&2; exit 127")
    script(
        bare_path / "python3.11",
        'case "$*" in *ensurepip*) exit 0;; *venv*) echo "this one" >&2; exit 9;; *print*) echo 3.11.7;; esac',
    )
    answer = make("run", cwd=checkout, path=bare_path)
    assert "Making .venv with Python 3.11.7" in answer.stdout
    assert "this one" in answer.stderr
    assert "python3.11 could not make an environment" in answer.stderr


def test_a_named_python_that_does_not_serve_is_refused(checkout: Path) -> None:
    """PYTHON= is taken at its word: no other interpreter is used instead."""
    answer = make("PYTHON=/bin/false", "run", cwd=checkout)
    assert answer.returncode != 0
    assert "PYTHON=/bin/false is not a Python 3.11" in answer.stderr


def test_a_finished_environment_is_used_as_it_is(checkout: Path) -> None:
    """The second `make run` installs nothing and says nothing of its own."""
    finished_environment(checkout)
    answer = make("run", "ARGS=--rounds 1", cwd=checkout)
    assert answer.stderr == ""
    assert answer.stdout == "gatekeeper run backend-cycle --rounds 1\n"


@pytest.mark.parametrize("spoilt", ["lock", "project", "interrupted", "moved"])
def test_an_environment_that_no_longer_fits_is_not_used(checkout: Path, bare_path: Path, spoilt: str) -> None:
    """A changed lock or project, an interrupted set-up and a moved folder each start the set-up again."""
    finished_environment(checkout)
    match spoilt:
        case "lock":
            with (checkout / "requirements/run.txt").open("a") as lock:
                lock.write("another==1.0\n")
        case "project":
            with (checkout / "pyproject.toml").open("a") as project:
                project.write("# changed\n")
        case "interrupted":
            (checkout / ".venv/gatekeeper-set-up.begun").touch()
        case _:
            checkout = checkout.rename(checkout.with_name("elsewhere"))
    answer = make("run", cwd=checkout, path=bare_path)
    assert answer.returncode != 0
    assert "gatekeeper run" not in answer.stdout
    assert "needs Python 3.11 or newer" in answer.stderr


def test_the_readme_names_only_commands_that_the_makefile_has() -> None:
    """Whoever copies a `make` line out of the documents gets what it promises."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "runbooks").glob("*.md")):
        named = set(re.findall(r"(?:^|`)make ([a-z]+)", document.read_text(), re.MULTILINE))
        assert named <= targets, f"{document.name} names {sorted(named - targets)}"
    assert {"run", "test"} <= set(re.findall(r"^make ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE))


def test_ci_can_be_called_as_it_is() -> None:
    """.ci/run is executable, is bash that parses, and calls the README's test command and the check."""
    entry = ROOT / ".ci/run"
    assert os.access(entry, os.X_OK)
    subprocess.run(["bash", "-n", str(entry)], check=True, timeout=50)
    text = entry.read_text()
    assert re.search(r"\bmake test\b", text)
    assert re.search(r"\bmake check\b", text)
