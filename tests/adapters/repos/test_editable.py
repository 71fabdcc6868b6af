"""An editable install has programs import the real files of a repo, wherever its environment lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.adapters.repos.editable import imported_from, leads_back

SITE = "lib/python3.11/site-packages"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A repo with a package in `src/`."""
    (tmp_path / "an app" / "src" / "app").mkdir(parents=True)
    return tmp_path / "an app"


def installed(prefix: Path, name: str, text: str) -> Path:
    place = prefix / SITE / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    return place


def ways(app: Path) -> list[tuple[str, str]]:
    """The files that installers write for it."""
    return [
        ("__editable__.app-0.1.pth", f"{app}/src\n"),
        ("_app.pth", f"import sys\n{app}/src\n/somewhere/else\n"),
        (
            "__editable___app_0_1_finder.py",
            f"MAPPING = {{'app': '{app}/src/app'}}\nNAMESPACES = {{}}\n",
        ),
    ]


@pytest.mark.parametrize("number", range(3))
def test_the_environment_of_a_repo_is_lent_and_leads_back(number: int, app: Path) -> None:
    name, text = ways(app)[number]
    installed(app / ".venv", "other.pth", "/somewhere/else\n")
    assert leads_back(str(app), (".venv",), {}) == ""
    installed(app / ".venv", name, text)
    assert leads_back(str(app), (".venv",), {}) == f".venv/{SITE}/{name}"
    assert leads_back(str(app), (), {}) == ""
    assert imported_from(str(app), (".venv",), {}) == ("src",)


@pytest.mark.parametrize(
    ("prefix", "environ"),
    [
        ("env", {"VIRTUAL_ENV": "{}/env"}),
        ("env", {"PATH": "relative/bin:/usr/bin:{}/env/bin"}),
        (".cache/pypoetry/virtualenvs/app-x1-py3.11", {"HOME": "{}"}),
        (".virtualenvs/app", {"HOME": "{}"}),
    ],
)
def test_one_that_lies_elsewhere_is_found_as_well(
    prefix: str, environ: dict[str, str], app: Path, tmp_path: Path
) -> None:
    """An activated one, and those of poetry and of others who keep them at home."""
    place = installed(tmp_path / prefix, *ways(app)[0])
    filled = {name: value.replace("{}", str(tmp_path)) for name, value in environ.items()}
    assert leads_back(str(app), (), filled) == str(place)
    assert imported_from(str(app), (), filled) == ("src",)


def test_what_is_no_folder_of_the_repo_is_nothing_to_import_from(app: Path) -> None:
    """A line of code, a folder that is gone, somebody else's, a file that is no text."""
    installed(app / ".venv", "a.pth", f"import {app}; exit()\n{app}/gone\n{app}-else/src\n\n")
    (app / ".venv" / SITE / "b.pth").write_bytes(b"\xff\xfe\0")
    assert imported_from(str(app), (".venv",), {}) == ()
