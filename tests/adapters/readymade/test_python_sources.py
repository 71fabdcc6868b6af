"""Python code that does not compile or import is told with its place, by the project's own Python, leaving nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from gatekeeper.adapters.readymade.python_sources import check_python


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    return tmp_path


def write(name: str, text: str | bytes) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def faults(files: tuple[str, ...] = (), imports: tuple[str, ...] = (), python: str = sys.executable) -> list[str]:
    return [str(spot) for check in check_python(files, imports, python) for spot in check.faults]


def test_code_that_is_fine_leaves_nothing_behind(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One check for each file and each module; no compiled file."""
    write("src/shop/__init__.py", "")
    write("src/shop/api.py", "from shop import prices\n")
    write("src/shop/prices.py", "# -*- coding: latin-1 -*-\nNAME = 'caf\xe9'\n".encode("latin-1"))
    monkeypatch.setenv("PYTHONPATH", "src")
    checks = check_python(("src/**/*.py",), ("shop", "shop.api", "json", "sys"), sys.executable)
    assert [f"{check.group}::{check.name}" for check in checks] == [
        "src/shop/__init__.py::compiles",
        "src/shop/api.py::compiles",
        "src/shop/prices.py::compiles",
        "shop::imports",
        "shop.api::imports",
        "json::imports",
        "sys::imports",
    ]
    assert not any(check.faults for check in checks)
    assert list(project.rglob("*.pyc")) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:\n    pass\n", "a.py:1:7: invalid syntax"),
        ("x = 1\nreturn x\n", "a.py:2:1: 'return' outside function"),
        ("if x:\npass\n", "a.py:2:1: expected an indented block after 'if' statement on line 1"),
        (b"x = '\xff'\n", "(unicode error) 'utf-8' codec can't decode"),
        (b"x = 1\0\n", "null bytes"),
        ("(" * 300, "too many nested parentheses"),
    ],
)
def test_a_file_that_does_not_compile(text: str | bytes, said: str) -> None:
    """Whatever is wrong with it; the others are compiled all the same."""
    write("a.py", text)
    write("b.py", "fine = True\n")
    (fault,) = faults(("*.py",))
    assert said in fault


def test_a_glob_that_matches_nothing_is_a_finding() -> None:
    """So a moved folder does not make the step green."""
    (fault,) = faults(("src/**/*.py",))
    assert "nothing matches 'src/**/*.py'" in fault


def test_other_peoples_files_are_passed_over_unless_they_are_named() -> None:
    """An environment in the folder is not the project's code."""
    write(".venv/lib/bad.py", "(\n")
    write("node_modules/x/bad.py", "(\n")
    write("good.py", "")
    assert faults(("**/*.py",)) == []
    assert len(faults((".venv/**/*.py",))) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nosuch\n", "bad.py:1: bad does not import: ModuleNotFoundError: No module named 'nosuch'"),
        ("x = 1\n\nraise ValueError('boom')\n", "bad.py:3: bad does not import: ValueError: boom"),
        ("import sys\nsys.exit(0)\n", "bad does not import: it ends the process while it is imported"),
        ("import os\nos._exit(0)\n", "bad does not import: it ends the process while it is imported"),
        ("import os\nos._exit(7)\n", "bad does not import: ended with exit code 7"),
        ("import os\nos.kill(os.getpid(), 11)\n", "died of signal 11"),
        (
            "import atexit, os\natexit.register(os._exit, 3)\n",
            "and then the interpreter ended with exit code 3",
        ),
    ],
)
def test_a_module_that_does_not_import(text: str, said: str) -> None:
    """An exit code of 0 is no proof that it came back."""
    write("bad.py", text)
    (fault,) = faults(imports=("bad",))
    assert said in fault


def test_a_folder_without_code_is_no_module() -> None:
    """Python imports an empty folder without a word."""
    Path("empty").mkdir()
    (fault,) = faults(imports=("empty",))
    assert "empty is only a folder" in fault


def test_where_the_module_lies_is_said() -> None:
    """The most common reason is a source folder that is not on the path."""
    write("src/shop/__init__.py", "")
    (fault,) = faults(imports=("shop",))
    assert fault.endswith("src/shop is there: write `env: {PYTHONPATH: src}`")


def test_the_projects_own_interpreter_is_asked() -> None:
    """That of its environment, before the one on PATH; none at all is a finding."""
    write(".venv/bin/python", f'#!/bin/sh\necho asked >> asked\nexec "{sys.executable}" "$@"\n')
    Path(".venv/bin/python").chmod(0o755)
    write("a.py", "")
    assert faults(("a.py",), python="") == []
    assert Path("asked").read_text() == "asked\n"
    (fault,) = faults(("a.py",), python="nosuchpython")
    assert "there is no nosuchpython" in fault


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("#!/bin/sh\nexit 0\n", "a.py: not compiled: the interpreter ended with exit code 0"),
        ("#!/bin/sh\necho hello; echo '[0]'; exit 3\n", "a.py: not compiled: the interpreter ended with exit code 3"),
        ("no program", "can't be run: Exec format error; write `interpreter:`"),
    ],
)
def test_an_interpreter_that_is_none_has_compiled_nothing(script: str, said: str) -> None:
    """Its silence is no proof, and neither is what it says in other words."""
    write("a.py", "")
    write("python", script)
    Path("python").chmod(0o755)
    (fault,) = faults(("a.py",), python=os.path.abspath("python"))
    assert fault.endswith(said)
