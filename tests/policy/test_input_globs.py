"""What a glob of `inputs` names: pure, tried with whatever a definition may hold."""

from __future__ import annotations

import fnmatch
import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.input_globs import InputGlob

NAMES = st.text("ab[]*?!-^.\n\\ü", min_size=1, max_size=6).filter(lambda name: name not in {".", ".."})
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    ("glob", "path", "named"),
    [
        ("src/**", "/app/be/src/a/b.py", True),
        ("src", "/app/be/src/a/b.py", True),
        ("src/", "/app/be/src/b.py", True),
        ("src/**", "/app/be/srcs/b.py", False),
        ("**", "/app/be/.hidden", True),
        ("**", "/app/fe/a", False),
        ("**/*.py", "/app/be/a.py", True),
        ("**/*.py", "/app/be/src/deep/a.py", True),
        ("**/*.py", "/app/be/src/a.pyc", False),
        ("*.py", "/app/be/src/a.py", False),
        ("*", "/app/be/src/a.py", True),
        ("src/*/test.py", "/app/be/src/x/test.py", True),
        ("src/*/test.py", "/app/be/src/x/y/test.py", False),
        ("src/**/**/test.py", "/app/be/src/test.py", True),
        ("../shared/*.json", "/app/shared/a.json", True),
        ("./src/../lib", "/app/be/lib/x", True),
        (".", "/app/be/x", True),
        ("../..", "/elsewhere/x", True),
        ("pages/[id]/index.ts", "/app/be/pages/[id]/index.ts", True),
        ("pages/[id]/index.ts", "/app/be/pages/d/index.ts", True),
        ("pages/[!id]/index.ts", "/app/be/pages/d/index.ts", False),
        ("[z-a].txt", "/app/be/[z-a].txt", True),
        ("/app/fe/*.ts", "/app/fe/x.ts", True),
    ],
)
def test_a_glob_names_files_from_the_steps_folder(glob: str, path: str, named: bool) -> None:
    """A star stays in its folder, two go deeper, a folder stands for all that lies in it."""
    assert InputGlob("/app/be", glob).names(path) is named


@given(PATHS, PATHS)
def test_whatever_is_written_is_a_glob(glob: str, path: str) -> None:
    """No text makes it fail, and what it names lies where it says that nothing beyond is named."""
    found = InputGlob("/app", glob)
    place = posixpath.join("/app", path)
    if found.names(place):
        assert f"{place}/".startswith(f"{found.fixed.rstrip('/')}/")
        assert found.leads_through(place)


@given(PATHS)
def test_a_path_names_itself_and_what_lies_in_it(path: str) -> None:
    """Also one with characters that mean something in a glob."""
    found = InputGlob("/app", path)
    assert found.names(posixpath.join("/app", path))
    assert found.names(posixpath.join("/app", path, "below"))


@given(NAMES, st.text("ab[]!-.", min_size=1, max_size=5))
def test_no_less_is_named_than_by_everybody_else(glob: str, name: str) -> None:
    """In one name a glob names at least what Python's own would."""
    if fnmatch.fnmatchcase(name, glob) and name not in {".", ".."}:
        assert InputGlob("/app", glob).names(f"/app/{name}")


@given(PATHS, PATHS)
def test_what_lies_behind_a_folder_on_the_way_is_led_to_through_it(glob: str, path: str) -> None:
    """Every folder above something that is named may be a link, and the glob leads through it."""
    found = InputGlob("/app", glob)
    place = posixpath.join("/app", path)
    if found.names(place):
        while (place := posixpath.dirname(place)) != "/":
            assert found.leads_through(place)
