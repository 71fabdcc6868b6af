"""Folders of dependencies that a scratch worktree is lent: only a repo's own, only what git ignores, nothing beyond."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.adapters.repos.sharing import lend, missing
from tests.adapters.repos.conftest import Repo


@pytest.fixture
def ignoring(repo: Repo) -> Repo:
    repo.write(".gitignore", "node_modules/\n.venv\nvendor\nout/\n__pycache__\n")
    repo.commit("rules")
    return repo


def test_a_lent_folder_is_one_of_links(ignoring: Repo, tmp_path: Path) -> None:
    """A folder to git as the real one is; what leads back into the repo leads into the worktree."""
    into = tmp_path / "into"
    (into / "packages" / "own").mkdir(parents=True)
    ignoring.write("packages/own/index.js")
    real = ignoring.write("node_modules/lib/index.js").parent.parent
    ignoring.write("node_modules/@scope/there/index.js")
    (real / "own").symlink_to("../packages/own")
    (real / "@scope" / "own").symlink_to("../../packages/own")
    (real / "absolute").symlink_to(ignoring.path / "packages" / "own")
    (real / "elsewhere").symlink_to("/dev/null")
    assert lend(str(ignoring.path), str(into), ("node_modules", ".venv")) == ("node_modules",)
    lent = into / "node_modules"
    assert not lent.is_symlink()
    assert (lent / "lib").resolve() == real / "lib"
    assert (lent / "@scope" / "there").resolve() == real / "@scope" / "there"
    for name in ("own", "@scope/own", "absolute"):
        assert (lent / name).resolve() == into / "packages" / "own"
    assert (lent / "elsewhere").resolve() == Path("/dev/null")


@pytest.mark.parametrize("name", ["kept", "away", "../beside", "vendor", ".", "not there", "/etc"])
def test_what_is_not_lent(name: str, ignoring: Repo, tmp_path: Path) -> None:
    """What git keeps; a link; what lies outside; a file; the repo itself; nothing; any folder of the machine."""
    into = tmp_path / "into"
    into.mkdir()
    (tmp_path / "beside").mkdir()
    ignoring.write("kept/file")
    ignoring.write("vendor")
    ignoring.write(".gitignore", "away\nvendor\n")
    (ignoring.path / "away").symlink_to(tmp_path / "beside")
    assert lend(str(ignoring.path), str(into), (name,)) == ()
    assert list(into.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["app", "beside", "into"]


def test_what_the_worktree_has_is_left_alone(ignoring: Repo, tmp_path: Path) -> None:
    (tmp_path / "into" / "vendor").mkdir(parents=True)
    ignoring.write("vendor/file")
    assert lend(str(ignoring.path), str(tmp_path / "into"), ("vendor",)) == ()
    assert list((tmp_path / "into" / "vendor").iterdir()) == []


def test_what_is_missing_is_named(ignoring: Repo, tmp_path: Path) -> None:
    """Without what was lent, and what makes itself."""
    for name in ("node_modules/a", "vendor/a", "out/a", "src/__pycache__/a", "src/kept"):
        ignoring.write(name)
    assert missing(str(ignoring.path), ("node_modules",)) == ("out/", "vendor/")
    assert missing(str(tmp_path), ()) == ()
