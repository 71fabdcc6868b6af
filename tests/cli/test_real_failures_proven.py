"""Failures of real tools are recognised in a scratch worktree: nothing of where, when and how fast it was counts."""

from __future__ import annotations

import json
import shutil
import venv
from pathlib import Path

import pytest

from tests.cli.fix_proofs import committed, prove, seen_red
from tests.support.projects import Project

pytestmark = pytest.mark.slow

PYTEST = """
gates:
  suite:
    steps:
      tests:
        run: '"$PYTHON" -m pytest -q -p no:cacheprovider --junitxml=out/report.xml'
        report: {junit: out/report.xml}
"""
NODE = """
gates:
  suite:
    steps:
      tests:
        run: 'mkdir -p out; node --test --test-reporter=junit --test-reporter-destination=out/report.xml'
        report: {junit: out/report.xml}
"""
BARE = """
gates:
  suite:
    steps:
      tests: {run: '"$PYTHON" -B -m unittest -q'}
"""

IMPORTS = "import os\nimport pathlib\nimport time\nimport uuid\n\nimport pytest\n\n\n"
PYTHON_FAILURES = {
    "a value": "def test_it(tmp_path):\n    assert (tmp_path / 'x').name == str(tmp_path)\n",
    "a place in the tree": "def test_it():\n    assert not pathlib.Path(__file__).exists(), __file__\n",
    "a folder of the tree": "def test_it():\n    raise FileNotFoundError(2, 'no folder', os.getcwd())\n",
    "an object": "def test_it():\n    assert object() is None\n",
    "a time and an id": "def test_it():\n    raise OSError(f'{uuid.uuid4()} at {time.time()}')\n",
    "a module that is not there": "import not_there\n",
    "a syntax error": "def test_it(:\n",
    "a fixture": "@pytest.fixture\ndef broken():\n    raise KeyError('x')\n\n\ndef test_it(broken):\n    pass\n",
    "several": "@pytest.mark.parametrize('n', range(30))\ndef test_it(n):\n    assert n % 3\n",
    "a long message": "def test_it():\n    assert os.getcwd() * 40 == ''\n",
}


def proven(
    root: Path, text: str, files: dict[str, str], fixed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Red with `files`, then `fixed`: it is proven that these are what made it pass."""
    project = Project.with_cycle(root, text)
    for name, content in files.items():
        (root / name).write_text(content)
    (root / ".gitignore").write_text("out\n__pycache__\n")
    committed(root)
    due = seen_red(project, "suite/tests")
    for name, content in fixed.items():
        (root / name).write_text(content)
    proved = prove(project, due, monkeypatch)
    assert proved.outcome == "failed", proved
    shutil.rmtree(root)


@pytest.mark.parametrize("name", PYTHON_FAILURES)
def test_pytest(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"test_it.py": IMPORTS + PYTHON_FAILURES[name]}
    proven(tmp_path / "a project", PYTEST, files, {"test_it.py": "def test_it():\n    pass\n"}, monkeypatch)


def test_unittest_without_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is known is the exit code."""
    head = "import unittest\n\n\nclass Case(unittest.TestCase):\n    def test_it(self):\n        "
    proven(tmp_path / "p", BARE, {"test_it.py": f"{head}self.fail()\n"}, {"test_it.py": f"{head}pass\n"}, monkeypatch)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stack and a place in the tree in the message, and a package that is not in git."""
    head = "const test = require('node:test');\nconst lib = require('lib');\n"
    bad = f"{head}test('it', () => {{ throw new Error(`${{__filename}} ${{process.hrtime()}} ${{lib}}`); }});\n"
    root = tmp_path / "p"
    module = root / "node_modules" / "lib"
    module.mkdir(parents=True)
    (module / "index.js").write_text("module.exports = 'lib';\n")
    files = {"it.test.js": bad, "package.json": json.dumps({"name": "p"})}
    proven(root, NODE, files, {"it.test.js": f"{head}test('it', () => {{}});\n"}, monkeypatch)


def test_a_virtual_environment_that_git_ignores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its interpreter and what is installed in it are there; what is tested is the tree before the fix."""
    root = tmp_path / "a project"
    root.mkdir()
    venv.create(root / ".venv", symlinks=True)
    (site,) = (root / ".venv").glob("lib/python*/site-packages")
    (site / "installed.py").write_text("WORD = 'good'\n")
    text = BARE.replace('"$PYTHON" -B -m unittest -q', ".venv/bin/python -B check.py")
    check = "import sys\nimport installed\nimport code_here\nsys.exit(0 if installed.WORD == code_here.WORD else 9)\n"
    project = Project.with_cycle(root, text)
    for name, content in {"check.py": check, "code_here.py": "WORD = 'bad'\n", ".gitignore": ".venv/\n"}.items():
        (root / name).write_text(content)
    committed(root)
    due = seen_red(project, "suite/tests")
    (root / "code_here.py").write_text("WORD = 'good'\n")
    proved = prove(project, due, monkeypatch)
    assert (proved.outcome, proved.message) == ("failed", "exit code 9"), proved
