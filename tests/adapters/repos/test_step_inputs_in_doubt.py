"""Inputs that nobody can tell have no digest; and over any history the digest is that of the content alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper.adapters.repos.reading import read_tree
from tests.adapters.repos.asked_inputs import Asked
from tests.adapters.repos.conftest import Repo


@pytest.mark.parametrize("glob", ["build/**", "srcs/**", "/etc/passwd", "../outside/**", "../**", "src/*.log"])
def test_what_names_no_file_of_the_tree_cannot_be_told(app: Repo, glob: str) -> None:
    """Ignored, misspelt or outside: whether that changes nobody sees, so the step is to be run."""
    app.write("build/out.bin")
    app.write("src/noise.log")
    Repo(app.path.parent / "outside").write("x")
    assert Asked(app, "src/**", glob).digest() is None


def test_ignored_files_and_what_the_cycle_writes_do_not_count(app: Repo) -> None:
    """They are no part of the tree, either."""
    asked = Asked(app, "**")
    report = str(app.path / "report.xml")
    first = asked.digest(report)
    app.write("src/noise.log")
    app.write("report.xml")
    assert asked.digest(report) == first
    assert asked.digest() != first


def test_a_link_out_of_the_tree_cannot_be_told(app: Repo, tmp_path: Path) -> None:
    """Nobody sees what changes behind it. One that leads nowhere has nothing behind it."""
    asked = Asked(app, "src/**")
    (app.path / "src/gone.py").symlink_to("nowhere.py")
    nowhere = asked.digest()
    assert nowhere is not None
    app.write("src/nowhere.py")
    assert asked.digest() not in {nowhere, None}
    (app.path / "src/out").symlink_to(tmp_path)
    assert asked.digest() is None
    (app.path / "src/out").unlink()
    (app.path / "src/built").symlink_to("../build")
    app.write("build/x")
    assert asked.digest() is None


def test_a_folder_without_git_and_one_without_commits_can_be_told(tmp_path: Path) -> None:
    """All their files differ from no commit."""
    for name in ("plain", "fresh"):
        repo = Repo(tmp_path / name)
        if name == "fresh":
            repo.begin()
        repo.write("src/a.py")
        asked = Asked(repo, "src/**")
        first = asked.digest()
        assert first is not None
        repo.write("b.txt")
        assert asked.digest() == first
        repo.write("src/a.py", "other\n")
        assert asked.digest() not in {first, None}


def test_a_tree_that_could_not_be_read_tells_nothing(app: Repo) -> None:
    """Then every step is run."""
    asked = Asked(app, "src/**")
    tree = read_tree(asked.repos, ())._replace(digest="unknown:0")
    assert asyncio.run(asked.inputs.digests(tree)) == {}


def test_what_changed_since_the_tree_was_read_cannot_be_told(app: Repo) -> None:
    """The digest is that of the tree, and of no later one; what is as committed there is told from the tree alone."""
    asked = Asked(app, "src/**")
    tree = read_tree(asked.repos, ())
    as_committed = asyncio.run(asked.inputs.digests(tree))
    app.write("src/a.py", "edited\n")
    assert asyncio.run(asked.inputs.digests(tree)) == as_committed != {}
    edited = read_tree(asked.repos, ())
    assert asyncio.run(asked.inputs.digests(edited)) != {}
    app.write("src/a.py", "again!\n")
    assert asyncio.run(asked.inputs.digests(edited)) == {}


def test_a_commit_that_is_gone_tells_nothing(app: Repo) -> None:
    """What git does not know any more is no reason to let a step pass."""
    asked = Asked(app, "src/**")
    tree = read_tree(asked.repos, ())
    lost = tree.repos[0]._replace(commit="0" * 40)
    assert asyncio.run(asked.inputs.digests(tree._replace(repos=(lost,)))) == {}


FILES = st.dictionaries(
    st.sampled_from(["src/a.py", "src/deep/b.py", "src/deep/c.txt", "docs/d.py", "e.py"]),
    st.tuples(st.sampled_from(["one\n", "two\n"]), st.booleans()),
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(FILES, st.sampled_from(["leave", "stage", "commit"])), min_size=2, max_size=4))
def test_a_digest_is_another_one_exactly_when_what_is_named_is(
    new_repo: Callable[[str], Repo], tmp_path: Path, history: list[tuple[dict[str, tuple[str, bool]], str]]
) -> None:
    """Over random histories of files, modes, staging and commits: same named content, same digest, and only then."""
    number = len(list(tmp_path.iterdir()))
    repo = new_repo(f"app-{number}")
    asked = Asked(repo, "kept.txt", "src/**/*.py")
    seen: dict[object, str | None] = {}
    for files, then in history:
        for path in [*repo.path.glob("src/**/*"), *repo.path.glob("docs/*"), *repo.path.glob("*.py")]:
            if path.is_file():
                path.unlink()
        for name, (text, executable) in files.items():
            repo.write(name, text).chmod(0o755 if executable else 0o644)
        if then != "leave":
            repo.git("add", "--all")
        if then == "commit":
            repo.commit()
        named = frozenset(item for item in files.items() if item[0].startswith("src/") and item[0].endswith(".py"))
        has_python = bool(named)
        digest = asked.digest()
        assert (digest is not None) == has_python
        if has_python:
            assert seen.setdefault(named, digest) == digest
    told = [digest for digest in seen.values() if digest]
    assert len(told) == len(set(told))
