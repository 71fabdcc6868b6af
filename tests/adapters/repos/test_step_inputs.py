"""What steps depend on: another digest exactly when a file that a glob names is another."""

from __future__ import annotations

import os
from collections.abc import Callable

from tests.adapters.repos.asked_inputs import Asked
from tests.adapters.repos.conftest import Repo


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
