"""A repository may hold files called like Python's modules or ours; its referee never runs them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, program

pytestmark = pytest.mark.slow

NAMES = [
    *("yaml", "json", "anyio", "typing", "pydantic", "rich", "httpx", "psutil", "structlog", "enum", "re", "asyncio"),
    *("signal", "socket", "ctypes", "select", "subprocess", "hashlib", "argparse", "sitecustomize", "usercustomize"),
]
PYTHONS_OWN = ("sitecustomize", "usercustomize", "re", "enum")
"""What `python -m` may import by itself, from the current folder too, before any line of ours."""

CYCLE = """
ports: {api: auto}
gates:
  a:
    steps:
      one: {run: "true", ready: {file: gates/tiny.yaml}}
      two: {file: gates/tiny.yaml}
      three: {http: "GET http://127.0.0.1:${port.api}/", expect: {status: 200}}
"""


@pytest.fixture
def hostile(tiny: MakeTiny) -> Project:
    """A project whose root is full of traps: each leaves its name in $TMPDIR/sprung when it is imported."""
    project = tiny(CYCLE)
    for name in NAMES:
        trap = project.root / f"{name}.py"
        trap.write_text(
            f"open({str(project.temporary / 'sprung')!r}, 'a').write({name!r} + '\\n')\nraise SystemExit(99)\n"
        )
    return project


def sprung(project: Project) -> str:
    trapped = project.temporary / "sprung"
    return trapped.read_text() if trapped.exists() else ""


@pytest.mark.parametrize(
    "command", [program(), [sys.executable, "-m", "gatekeeper"], [sys.executable, "-P", "-m", "gatekeeper"]]
)
def test_nothing_of_the_folder_is_imported(hostile: Project, command: list[str]) -> None:
    """On no way in: script or module, cold or warm, run or look; in the helpers' processes neither."""
    hostile.command = command
    if "-m" in command and "-P" not in command:
        for name in PYTHONS_OWN:
            (hostile.root / f"{name}.py").unlink()
    hostile.gatekeeper("run", "tiny", "--rounds", "1").expect(1)
    hostile.gatekeeper("run", "tiny", "--rounds", "1").expect(1)
    for looking in ((), ("check",), ("plan", "tiny"), ("show",), ("log", "tiny"), ("reap",)):
        hostile.gatekeeper(*looking).expect(0)
    assert sprung(hostile) == ""


SPELLINGS = {
    "": True,
    ".": False,
    "./": False,
    "{root}": True,
    "{root}/": False,
    "{link}": True,
    "{root}/gates/..": False,
}
"""Of the root, and whether it is tried each time."""


@pytest.mark.parametrize(
    "spelled", [pytest.param(one, marks=[] if often else [pytest.mark.slow]) for one, often in SPELLINGS.items()]
)
def test_not_even_where_pythonpath_names_it(hostile: Project, tmp_path: Path, spelled: str) -> None:
    """However it is written. What PYTHONPATH puts before the standard library at Python's own start is not ours."""
    for name in NAMES:
        if name not in {"yaml", "anyio", "pydantic", "rich", "httpx", "psutil", "structlog"}:
            (hostile.root / f"{name}.py").unlink()
    link = tmp_path / "link"
    os.symlink(hostile.root, link)
    path = spelled.format(root=hostile.root, link=link)
    hostile.gatekeeper("run", "tiny", "--rounds", "1", PYTHONPATH=path).expect(1)
    assert sprung(hostile) == ""


def test_steps_see_the_pythonpath_that_was_set(tiny: MakeTiny) -> None:
    """What we keep out of our own imports is still there for the code under test."""
    project = tiny("gates:\n  a:\n    steps:\n      one: {run: 'echo $PYTHONPATH'}\n")
    project.gatekeeper("run", "tiny", PYTHONPATH=".:src").expect(0)
    output = project.journal.folder / project.journal.last("step.finished")["output"]
    assert output.read_text("utf-8") == ".:src\n"
