"""What a fixer may change, and what is said of what it did."""

from __future__ import annotations

import pytest

from gatekeeper.model.fixing import Deeds, FileChange, NewCommit, RepoSight, Sight
from gatekeeper.model.tree import RepoState, Tree
from gatekeeper.policy.fixer_rules import Allowed, changes_not_held, diffstat, findings_of, matches, violations


def change(path: str, repo: str = "app", status: str = "M", added: int | None = 1) -> FileChange:
    return FileChange(repo, path, path, status, added, 0 if added is not None else None)


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("src/**", "src/a.py", True),
        ("src/**", "src/deep/a.py", True),
        ("src/**", "src2/a.py", False),
        ("src/**", "../src/a.py", False),
        ("src", "src/a.py", True),
        ("src/", "src/a.py", True),
        ("./src/**", "src/a.py", True),
        ("**/conftest.py", "conftest.py", True),
        ("**/conftest.py", "tests/deep/conftest.py", True),
        ("*.md", "README.md", True),
        ("*.md", "docs/a.md", False),
        ("../**", "../elsewhere", True),
        ("pages/[id]/**", "pages/[id]/a.js", True),
        ("tests/test_*.py", "tests/test_a.py", True),
        ("tests/test_*.py", "tests/a.py", False),
        ("**", "anything/at/all", True),
        ("a[0-9].txt", "a7.txt", True),
        ("a[0-9].txt", "ax.txt", False),
        ("src/**", "src", True),
    ],
)
def test_globs_name_files_and_folders_name_what_is_in_them(glob: str, path: str, expected: bool) -> None:
    assert matches(path, glob) is expected


def test_without_a_scope_everything_may_be_changed_but_what_is_protected() -> None:
    allowed = Allowed("app", (), ("tests/**",))
    assert violations((change("src/a.py"), change("x.md", "plan")), allowed) == ()
    assert violations((change("tests/a.py"),), allowed) == (change("tests/a.py"),)


def test_with_a_scope_the_other_repos_and_what_lies_beside_are_out_of_it() -> None:
    """Globs are those of the repo that it works in: a folder of the same name elsewhere is not meant."""
    allowed = Allowed("app", ("src/**",), ())
    beyond = (change("src/a.py", "plan"), change("../gates/tiny.yaml"), change("README.md"))
    assert violations((change("src/a.py"), *beyond), allowed) == beyond


def test_what_is_protected_is_so_within_the_scope_too() -> None:
    allowed = Allowed("app", ("src/**",), ("src/generated/**",))
    assert allowed.why_not(change("src/generated/a.py")) == "protected"


def test_files_of_the_definitions_are_told_wherever_the_repo_lies() -> None:
    """A repo may be the project, lie in it, or hold it."""
    for paths, path in (
        ((("app", "/p"),), "gates/baselines/x.json"),
        ((("app", "/p/backend"),), "../gates/quarantine.yaml"),
        ((("app", "/"),), "p/gates/tiny.yaml"),
    ):
        assert Allowed("app", (), (), "/p/gates", paths).judges(change(path))
    assert not Allowed("app", (), (), "/p/gates", (("app", "/p/backend"),)).judges(change("gates/tiny.yaml"))


def test_a_diffstat_is_one_line_a_file() -> None:
    assert diffstat((change("a.py"), change("b.bin", status="A", added=None))) == (
        "M +1 -0 app: a.py",
        "A binary app: b.bin",
    )


def sight(**fields: object) -> Sight:
    return Sight((RepoSight("app", "/p", "c0", "main")._replace(**fields),), (("app", "s0"),), "d0")  # type: ignore[arg-type]


def kinds(before: Sight, after: Sight) -> list[str]:
    return [finding.kind for finding in findings_of(before, after, Deeds(), Allowed("app", (), ()))]


def test_nothing_done_is_nothing_said() -> None:
    assert kinds(sight(), sight()) == []


def test_the_definition_outside_of_all_repos_is_seen_too() -> None:
    assert kinds(sight(), sight()._replace(definition="d1")) == ["fixer-edited-definition"]


def test_a_stash_that_was_taken_from_is_told_like_one_that_was_added_to() -> None:
    for before, after in (((), (("refs/stash", "s"),)), ((("refs/stash", "s"),), ())):
        assert kinds(sight(refs=before), sight(refs=after)) == ["fixer-stashed"]


def test_what_was_staged_before_is_not_told_again() -> None:
    staged = (("a.py", "1"),)
    assert kinds(sight(staged=staged), sight(staged=staged)) == []
    assert kinds(sight(staged=staged), sight(staged=(("a.py", "2"),))) == ["fixer-staged"]
    assert kinds(sight(staged=staged), sight()) == []


def test_many_files_are_counted_and_a_few_named() -> None:
    changes = tuple(change(f"{number}.py") for number in range(9))
    [finding] = findings_of(sight(), sight(), Deeds(changes), Allowed("app", ("src/**",), ()))
    assert finding.message.endswith("app: 4.py and 4 more")
    assert finding.blocks


def test_commits_are_named_by_id_and_subject() -> None:
    deeds = Deeds(commits=(NewCommit("app", "0123456789abcdef", "a fix"),))
    [finding] = findings_of(sight(), sight(commit="c1"), deeds, Allowed("app", (), ()))
    assert (finding.kind, finding.blocks) == ("fixer-committed", False)
    assert finding.message == "it made 1 commit: app: 0123456789ab a fix"


def test_what_could_not_be_seen_blocks_where_something_was_forbidden() -> None:
    """A limit that cannot be checked must not pass for one that was kept."""
    for allowed, blocks in ((Allowed("app", (), ()), False), (Allowed("app", ("src/**",), ()), True)):
        [finding] = findings_of(sight(), sight(), Deeds(problem="no git"), allowed)
        assert (finding.kind, finding.blocks) == ("fixer-not-seen", blocks)


def test_where_nothing_can_be_kept_the_readings_of_the_tree_tell() -> None:
    """A repo of the cycle may be in no git repository: its files are compared all the same."""
    repos = (RepoState("app", "/p"), RepoState("plain", "/q"))
    before = Tree("sha256:1", repos, (("app", "a", "1"), ("plain", "b", "1")))
    after = Tree("sha256:2", repos, (("app", "a", "2"), ("plain", "b", "2")))
    paths = (("app", "/p"), ("plain", "/q"))
    assert [each.name for each in changes_not_held(before, after, (change("a"),), paths)] == ["plain: b"]


def test_what_lies_in_two_repos_is_told_of_once_and_what_was_only_committed_not_at_all() -> None:
    repos = (RepoState("outer", "/p", "c1"), RepoState("inner", "/p/in", "c1"))
    before = Tree("sha256:1", repos, (("outer", "in/a", "1"), ("inner", "a", "1"), ("outer", "was-dirty", "1")))
    after = Tree(
        "sha256:2",
        tuple(repo._replace(commit="c2") for repo in repos),
        (("outer", "in/a", "2"), ("inner", "a", "2"), ("outer", "new", "1")),
    )
    paths = (("outer", "/p"), ("inner", "/p/in"))
    assert [each.name for each in changes_not_held(before, after, (), paths)] == ["inner: a", "outer: new"]


def test_a_repo_that_cannot_be_compared_any_more_is_a_violation_where_something_is_forbidden() -> None:
    """Whoever removes `.git` has not kept to a scope. A repo that never could be kept is told of, and no more."""
    unknown = (("app", "no git"), ("plan", "no git"))
    first = (("app", "s"), ("plan", "s"))
    assert Allowed("app", (), ()).hidden(unknown, first) == ()
    assert Allowed("app", (), ("tests",)).hidden(unknown, first) == ("app: no git",)
    assert Allowed("app", ("src",), ()).hidden(unknown, first) == ("app: no git", "plan: no git")
    assert Allowed("app", ("src",), ()).hidden(unknown, ()) == ()
