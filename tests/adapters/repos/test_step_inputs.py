"""What steps depend on: another digest exactly when a file that a glob names is another, and none in doubt."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper.adapters.repos.inputs import GitInputs, StepInputs
from gatekeeper.adapters.repos.reading import BoundRepo, read_tree
from gatekeeper.model.plan import StepId
from tests.adapters.repos.conftest import Repo

STEP = StepId("gate", "step")


class Asked:
    """Inputs of one step in `repo` (and `others`), read with the tree as it is at each question."""

    def __init__(self, repo: Repo, *globs: str, under: str = "", others: tuple[Repo, ...] = (), does: str = "") -> None:
        self.repos = tuple(BoundRepo(each.path.name, str(each.path)) for each in (repo, *others))
        self.inputs = GitInputs((StepInputs(STEP, str(repo.path / under), globs, does),))

    def digest(self, *leave_out: str) -> str | None:
        return asyncio.run(self.inputs.digests(read_tree(self.repos, leave_out))).get(STEP)


@pytest.fixture
def app(repo: Repo) -> Repo:
    """A repo with a few files."""
    repo.write("src/a.py", "a\n")
    repo.write("src/deep/b.py", "b\n")
    repo.write("docs/c.md", "c\n")
    repo.write(".gitignore", "build/\n*.log\n")
    repo.commit()
    return repo


def test_only_files_that_a_glob_names_count(app: Repo) -> None:
    """Another file, and another commit, leave the digest as it was."""
    asked = Asked(app, "src/**")
    first = asked.digest()
    assert first is not None
    assert first.startswith("sha256:")
    app.write("docs/c.md", "other\n")
    app.write("docs/new.md")
    assert asked.digest() == first
    app.commit()
    assert asked.digest() == first
    app.write("src/a.py", "other\n")
    assert asked.digest() not in {first, None}
    app.write("src/a.py", "a\n")
    assert asked.digest() == first


def test_to_stage_or_to_commit_changes_nothing(app: Repo) -> None:
    """What counts is what is in the files: a fixer that commits what it did has changed it once."""
    asked = Asked(app, "src/**")
    app.write("src/a.py", "edited\n")
    app.write("src/new.py")
    (app.path / "src/deep/b.py").unlink()
    (app.path / "src/link.py").symlink_to("a.py")
    edited = asked.digest()
    app.git("add", "--all")
    assert asked.digest() == edited
    app.commit()
    assert asked.digest() == edited


def test_every_kind_of_change_counts(app: Repo) -> None:
    """New, gone, renamed, made executable, turned into a link: six contents, six digests."""
    asked = Asked(app, "src/**")
    seen = [asked.digest()]
    app.write("src/new.py")
    seen.append(asked.digest())
    (app.path / "src/new.py").rename(app.path / "src/newer.py")
    seen.append(asked.digest())
    (app.path / "src/newer.py").chmod(0o755)
    seen.append(asked.digest())
    (app.path / "src/deep/b.py").unlink()
    seen.append(asked.digest())
    (app.path / "src/a.py").unlink()
    (app.path / "src/a.py").symlink_to("newer.py")
    seen.append(asked.digest())
    assert None not in seen
    assert len(set(seen)) == 6


def test_times_do_not_count(app: Repo) -> None:
    """A file that was written again as it was is the same."""
    asked = Asked(app, "**")
    first = asked.digest()
    os.utime(app.path / "src/a.py", (1, 1))
    app.write("docs/c.md", "c\n")
    assert asked.digest() == first


def test_what_git_was_told_not_to_look_at_counts(app: Repo) -> None:
    """`assume-unchanged` hides nothing from us."""
    asked = Asked(app, "src/*.py")
    first = asked.digest()
    app.git("update-index", "--assume-unchanged", "src/a.py")
    assert asked.digest() == first
    app.write("src/a.py", "hidden\n")
    assert asked.digest() not in {first, None}


def test_globs_begin_at_the_steps_folder_and_may_lead_upward(app: Repo) -> None:
    """A step in `src` names its files from there, and those beside it with `..`."""
    inside, above = Asked(app, "*.py", under="src"), Asked(app, "../docs/*.md", under="src")
    first = inside.digest(), above.digest()
    assert None not in first
    app.write("docs/c.md", "other\n")
    assert inside.digest() == first[0]
    assert above.digest() not in {first[1], None}


def test_what_the_step_does_counts(app: Repo) -> None:
    """Another command on the same files is another thing."""
    assert Asked(app, "src", does="make test").digest() != Asked(app, "src", does="make check").digest()


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


def test_a_link_stands_for_what_it_leads_to(app: Repo) -> None:
    """A file that only a link names counts, and so does a folder."""
    app.write("shared/deep/x.json", "1\n")
    (app.path / "src/shared").symlink_to("../shared")
    (app.path / "src/notes.md").symlink_to("../docs/c.md")
    app.commit()
    whole, through = Asked(app, "src/**"), Asked(app, "src/shared/deep/*.json")
    first = whole.digest(), through.digest()
    assert None not in first
    app.write("docs/c.md", "other\n")
    second = whole.digest()
    assert second not in {first[0], None}
    assert through.digest() == first[1]
    app.write("shared/deep/x.json", "2\n")
    assert whole.digest() not in {first[0], second, None}
    assert through.digest() not in {first[1], None}


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


def test_links_that_lead_in_a_circle_come_to_an_end(app: Repo) -> None:
    """A link to the folder that it lies in is nothing to get lost in."""
    (app.path / "src/self").symlink_to(".")
    (app.path / "src/loop").symlink_to("loop")
    asked = Asked(app, "src/**")
    first = asked.digest()
    app.write("src/a.py", "other\n")
    assert asked.digest() not in {first, None}


def test_a_submodule_counts_as_a_whole(app: Repo, new_repo: Callable[[str], Repo]) -> None:
    """A glob into it, or one that names it: its commit counts, and what differs from that."""
    app.git("submodule", "--quiet", "add", str(new_repo("library").path), "lib")
    app.commit()
    library = Repo(app.path / "lib")
    into, whole, beside = Asked(app, "lib/*.txt"), Asked(app, "**"), Asked(app, "src/**")
    first = into.digest(), whole.digest(), beside.digest()
    assert None not in first
    library.write("kept.txt", "changed\n")
    second = into.digest(), whole.digest()
    library.commit()
    third = into.digest(), whole.digest()
    assert len({first[0], second[0], third[0]}) == len({first[1], second[1], third[1]}) == 3
    assert None not in (*second, *third)
    app.commit()
    assert (into.digest(), whole.digest()) == third
    assert beside.digest() == first[2]


def test_a_repo_inside_another_is_asked_about_its_own_files(app: Repo) -> None:
    """Where both are the cycle's, a commit in the inner one counts for what it changed, and no more."""
    inner = Repo(app.path / "plan")
    inner.begin()
    inner.write("x.md")
    inner.write("y.md")
    inner.commit()
    asked = Asked(app, "plan/x.md", others=(inner,))
    first = asked.digest()
    assert first is not None
    inner.write("y.md", "other\n")
    inner.commit()
    assert asked.digest() == first
    inner.write("x.md", "other\n")
    assert asked.digest() not in {first, None}


def test_a_glob_may_lead_into_another_repo_of_the_cycle(app: Repo, new_repo: Callable[[str], Repo]) -> None:
    """A step of the front end may depend on the back end's API."""
    back = new_repo("back")
    asked = Asked(app, "src/**", "../back/*.txt", others=(back,))
    first = asked.digest()
    assert first is not None
    back.write("kept.txt", "other\n")
    assert asked.digest() not in {first, None}
    assert Asked(app, "src/**", "../back/*.txt").digest() is None


def test_a_repo_may_be_a_folder_of_another(app: Repo) -> None:
    """Its paths are those that git calls otherwise."""
    inside = Repo(app.path / "src")
    asked = Asked(inside, "*.py")
    first = asked.digest()
    assert first is not None
    app.write("docs/c.md", "other\n")
    app.commit()
    assert asked.digest() == first
    inside.write("a.py", "other\n")
    assert asked.digest() not in {first, None}
    app.commit()
    assert asked.digest() not in {first, None}


def test_names_that_git_writes_in_quotes_are_read(app: Repo) -> None:
    """Line breaks, quotes, letters of any language, and bytes that are none."""
    asked = Asked(app, "odd/**")
    seen = set()
    for name in (b"odd/\xc3\xa4 \xe2\x82\xac.py", b'odd/"quoted"\n\\x', b"odd/\xff\xfe", b"odd/[id]/*.ts"):
        app.write(name)
        seen.add(asked.digest())
        app.write(name, "other\n")
        seen.add(asked.digest())
        last = asked.digest()
        app.commit()
        assert asked.digest() == last
    assert None not in seen
    assert len(seen) == 8


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
