"""Which file a path in a coverage report means."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.adapters.measures.places import Ambiguous, Tree, on_disk

FOO = "src/main/java/com/x/Foo.java"
FILES = (FOO, "other/com/x/Foo.java", "pkg/a.go", "main.go", "lib/util.py", "lib/sub/deep.py")


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("pkg/a.go", "pkg/a.go"),
        ("example.test/owner/repo/pkg/a.go", "pkg/a.go"),
        ("example.test/owner/repo/main.go", "main.go"),
        ("/builds/7/lib/util.py", "lib/util.py"),
        ("C:\\builds\\lib\\util.py", "lib/util.py"),
        ("./lib/sub/deep.py", "lib/sub/deep.py"),
        ("deep.py", "lib/sub/deep.py"),
        (FOO, FOO),
        ("/usr/lib/python3/util.py", None),
        ("a.rs", None),
        ("", None),
    ],
)
def test_a_path_that_is_not_there_means_the_file_that_ends_like_it(path: str, file: str | None) -> None:
    """With its folder, so that no library's file is taken for a namesake of ours."""
    assert Tree(FILES).ending_like(path) == file


def test_a_path_that_could_be_two_files_says_so() -> None:
    """Nothing is guessed."""
    found = Tree(FILES).ending_like("com/x/Foo.java")
    assert isinstance(found, Ambiguous)
    assert str(found) == (
        "the coverage names a file 'com/x/Foo.java', which could be any of 2: "
        "src/main/java/com/x/Foo.java, other/com/x/Foo.java"
    )


@pytest.mark.slow
@given(st.sampled_from(FILES), st.lists(st.sampled_from(["a", "b", "src"]), max_size=3))
def test_a_longer_path_means_the_same_file(file: str, before: list[str]) -> None:
    """Whatever stands before the repository's part of it."""
    found = Tree(FILES).ending_like("/".join(["", *before, file]))
    assert found == file or (isinstance(found, Ambiguous) and file in found.candidates)


def test_sources_come_before_the_folder(tmp_path: Path) -> None:
    """A report's paths begin at its sources; the folder is where a report without any was written."""
    for name in ("a.py", "src/a.py", "b.py", "one/c.py", "two/c.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    folder = str(tmp_path)
    assert on_disk("a.py", folder, ["src"]) == f"{tmp_path}/src/a.py"
    assert on_disk("a.py", folder, []) == f"{tmp_path}/a.py"
    assert on_disk("b.py", folder, ["src"]) == f"{tmp_path}/b.py"
    assert on_disk("gone.py", folder, ["src"]) is None
    assert on_disk("c.py", folder, ["one", "two"]) == Ambiguous(
        "c.py", (f"{tmp_path}/one/c.py", f"{tmp_path}/two/c.py")
    )
