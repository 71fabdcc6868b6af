"""Real git repositories in tmp_path, and a way to read them as an ordinary user."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gatekeeper.adapters.repos.reading import BoundRepo, read_tree
from gatekeeper.model.tree import RepoState, Tree

NOBODY = 65534


class Repo:
    """A git repository that a test works in, through git as a person would."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def begin(self) -> None:
        """Make it a repository of its own, with somebody who commits."""
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("config", "user.name", "Ada")
        self.git("config", "user.email", "ada@example.test")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(("git", *arguments), cwd=self.path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, name: str | bytes, text: str = "text\n") -> Path:
        path = Path(os.fsdecode(os.path.join(os.fsencode(self.path), os.fsencode(name))))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def commit(self, subject: str = "work") -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", subject)
        return self.git("rev-parse", "HEAD")

    def read(self, *leave_out: str, under: str = "") -> Tree:
        return read_tree((BoundRepo("app", str(self.path / under)),), leave_out)

    def state(self) -> RepoState:
        return self.read().repos[0]

    def digest(self) -> str:
        return self.read().digest


def wait_until_gone(pid: int) -> None:
    """Return when the process is dead; a killed one that is not our child takes a moment to be."""
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state in "ZX":
            return
        os.sched_yield()
    pytest.fail(f"process {pid} is still alive")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, so that nobody's git settings decide a test."""
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text(
        "[user]\n name = Test\n email = test@example.test\n[init]\n defaultBranch = main\n"
        '[protocol "file"]\n allow = always\n[commit]\n gpgSign = false\n'
    )
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return home


@pytest.fixture
def new_repo(tmp_path: Path) -> Callable[[str], Repo]:
    """Makes a repository with one commit that holds `kept.txt`."""

    def make(name: str) -> Repo:
        repo = Repo(tmp_path / name)
        repo.git("init", "--quiet")
        repo.write("kept.txt", "kept\n")
        repo.commit("first commit")
        return repo

    return make


@pytest.fixture
def repo(new_repo: Callable[[str], Repo]) -> Repo:
    return new_repo("app")


@pytest.fixture
def app(repo: Repo) -> Repo:
    """A repo with files in folders, some of which git ignores."""
    repo.write("src/a.py", "a\n")
    repo.write("src/deep/b.py", "b\n")
    repo.write("docs/c.md", "c\n")
    repo.write(".gitignore", "build/\n*.log\n")
    repo.commit()
    return repo


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that an ordinary user can reach and owns, also when the tests run as root."""
    place = Path(tempfile.mkdtemp(prefix="gatekeeper-test-"))
    if os.geteuid() == 0:
        os.chown(place, NOBODY, NOBODY)
    yield place
    subprocess.run(("chmod", "-R", "u+rwX", str(place)), check=True)
    shutil.rmtree(place)


_AS_ORDINARY_USER = """
import hashlib, json, os, subprocess, sys
from gatekeeper.adapters.repos import folder, leaveout, reading, worktree
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
os.chdir("/")
script, path = sys.argv[1:3]
if script:
    os.makedirs(path, exist_ok=True)
    subprocess.run(["sh", "-euc", script], cwd=path, check=True)
tree = reading.read_tree((reading.BoundRepo("app", path),), ())
print(json.dumps([tree.digest, tree.repos[0]._asdict(), tree.files]))
"""


@pytest.fixture
def read_as_ordinary_user() -> Callable[..., Tree]:
    """Runs a shell script in a folder and reads the folder, both as a user for whom permissions hold."""

    def read(path: Path, script: str = "") -> Tree:
        done = subprocess.run(
            (sys.executable, "-c", _AS_ORDINARY_USER, script, str(path)),
            env={**os.environ, "HOME": str(path.parent), "GIT_CONFIG_NOSYSTEM": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        digest, state, files = json.loads(done.stdout.splitlines()[-1])
        state["drift"] = tuple(state["drift"])
        return Tree(digest, (RepoState(**state),), tuple((repo, name, line) for repo, name, line in files))

    return read


@pytest.fixture
def hanging_filter(tmp_path: Path) -> Iterator[Callable[[Repo], int]]:
    """Makes git hang in a filter of its repository; the descriptor that comes back gives the filter's process id."""
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    # Open for writing too, so that neither side waits for the other.
    descriptor = os.open(ready, os.O_RDWR)

    def install(repo: Repo) -> int:
        script = tmp_path / "filter.sh"
        script.write_text(f"#!/bin/sh\necho $$ > {ready}\nexec sleep 1000\n")
        script.chmod(0o755)
        repo.write(".gitattributes", "*.txt filter=hang\n")
        repo.commit()
        repo.git("config", "filter.hang.clean", str(script))
        repo.write("kept.txt", "KEPT\n")
        return descriptor

    yield install
    os.close(descriptor)
