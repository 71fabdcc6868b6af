"""Files are made to hold what they held, and nothing that anybody might still want is destroyed."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.kept_trees import files_between
from gatekeeper.adapters.repos.reading import BoundRepo
from tests.adapters.repos.conftest import Repo
from tests.adapters.repos.keeping import kept, put_back, take, untouched


def test_a_folder_that_became_a_link_or_a_file_and_the_other_way_round(repo: Repo, tmp_path: Path) -> None:
    """What stands in the place of something is kept, and nothing of what lies behind a link."""
    repo.write("linked/a.txt", "a\n")
    repo.write("flat/b.txt", "b\n")
    repo.write("deep", "c\n")
    repo.commit()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.txt").write_text("not ours\n")
    for name in ("linked", "flat"):
        subprocess.run(("rm", "-r", str(repo.path / name)), check=True)
    (repo.path / "linked").symlink_to(elsewhere)
    repo.write("flat", "now a file\n")
    (repo.path / "deep").unlink()
    repo.write("deep/d.txt", "d\n")
    snapshot = take(repo)
    assert snapshot.problem == ""
    assert kept(repo, snapshot.commits[0][1]) == {
        "deep/d.txt": "d",
        "flat": "now a file",
        "kept.txt": "kept",
        "linked": str(elsewhere),
    }
    names = ["flat", "flat/b.txt", "linked", "linked/a.txt"]
    assert put_back(repo, repo.git("rev-parse", "HEAD"), *names) == {}
    assert (repo.path / "flat" / "b.txt").read_text() == "b\n"
    assert not (repo.path / "linked").is_symlink()
    assert (elsewhere / "a.txt").read_text() == "not ours\n"


def test_a_folder_that_became_a_repository_is_not_removed(repo: Repo) -> None:
    """Its ignored files were kept by nobody, so that it is left to a person."""
    repo.write(".gitignore", "*.env\n")
    repo.write("sub/secret.env", "mine\n")
    repo.commit()
    before = take(repo).commits
    inner = Repo(repo.path / "sub")
    inner.begin()
    inner.write("new.py", "hidden\n")
    inner.commit()
    changes, _ = files_between((BoundRepo("app", str(repo.path)),), before, take(repo).commits, Bounds(30))
    assert "app: sub" in [change.name for change in changes]
    failed = put_back(repo, before[0][1], *(change.path for change in changes))
    assert "remove its .git by hand" in failed["sub"]
    assert (repo.path / "sub" / "secret.env").read_text() == "mine\n"


def test_files_are_put_back_and_git_does_not_notice(repo: Repo) -> None:
    """Also what was removed, what became a folder, what is a program or a link, and what was not there at all."""
    repo.write("run.sh", "#!/bin/sh\n").chmod(0o755)
    repo.write("folder/file.txt", "file\n")
    (repo.path / "link").symlink_to("kept.txt")
    repo.commit()
    repo.write("kept.txt", "in work\n")
    [(_, commit)] = take(repo).commits
    before = untouched(repo)
    repo.write("kept.txt", "spoilt\n")
    repo.write("new.txt")
    repo.write("other.txt", "stays\n")
    (repo.path / "run.sh").unlink()
    (repo.path / "run.sh").mkdir()
    repo.write("run.sh/inside")
    (repo.path / "link").unlink()
    (repo.path / "folder" / "file.txt").unlink()
    (repo.path / "folder").rmdir()

    failed = put_back(repo, commit, "kept.txt", "new.txt", "run.sh", "link", "folder/file.txt")

    assert failed == {}
    assert (repo.path / "kept.txt").read_text() == "in work\n"
    assert not (repo.path / "new.txt").exists()
    assert (repo.path.parent / "aside" / "new.txt").read_text() == "text\n"
    assert (repo.path.parent / "aside" / "run.sh" / "inside").exists()
    assert os.stat(repo.path / "run.sh").st_mode & stat.S_IXUSR
    assert os.readlink(repo.path / "link") == "kept.txt"
    assert (repo.path / "folder" / "file.txt").read_text() == "file\n"
    assert (repo.path / "other.txt").read_text() == "stays\n"
    (repo.path / "other.txt").unlink()
    assert untouched(repo) == before


def test_what_git_did_not_look_at_before_is_left_alone(repo: Repo) -> None:
    """A file that was ignored is no new one because somebody edited .gitignore."""
    repo.write(".gitignore", "*.env\n")
    mine = repo.write("local.env", "mine\n")
    repo.commit()
    before = take(repo).commits
    repo.write(".gitignore", "")
    repo.write("new.txt")
    changes = files_between((BoundRepo("app", str(repo.path)),), before, take(repo).commits, Bounds(30)).changes
    assert [change.name for change in changes] == ["app: .gitignore", "app: local.env", "app: new.txt"]
    names = [change.path for change in changes]
    failed = put_back(repo, before[0][1], *names, since_ns=mine.stat().st_ctime_ns + 1)
    assert list(failed) == ["local.env"]
    assert "left alone" in failed["local.env"]
    assert mine.read_text() == "mine\n"
    assert (repo.path / ".gitignore").read_text() == "*.env\n"


def test_nothing_is_put_back_through_a_link_that_leads_elsewhere(repo: Repo, tmp_path: Path) -> None:
    """A folder that became a link to somebody's home must not have us write there."""
    repo.write("config/settings", "ours\n")
    [(_, commit)] = take(repo).commits
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "settings").write_text("theirs\n")
    subprocess.run(("rm", "-r", str(repo.path / "config")), check=True)
    (repo.path / "config").symlink_to(elsewhere)
    failed = put_back(repo, commit, "config/settings")
    assert "link" in failed["config/settings"]
    assert (elsewhere / "settings").read_text() == "theirs\n"


def test_line_ends_that_git_converts_are_put_back_as_they_were(new_repo: Callable[[str], Repo]) -> None:
    repo = new_repo("converted")
    repo.write(".gitattributes", "*.txt text eol=crlf\n")
    repo.commit()
    (repo.path / "kept.txt").write_bytes(b"one\r\ntwo\r\n")
    [(_, commit)] = take(repo).commits
    (repo.path / "kept.txt").write_bytes(b"spoilt")
    assert put_back(repo, commit, "kept.txt") == {}
    assert (repo.path / "kept.txt").read_bytes() == b"one\r\ntwo\r\n"
