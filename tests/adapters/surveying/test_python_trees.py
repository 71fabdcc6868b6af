"""Python projects: whoever manages the environment runs the tools, and none is run that is not installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.policy.drafting.draft import Sure
from gatekeeper.policy.surveying.proposal import Report
from tests.adapters.surveying.trees import only, proposed, steps, taken

PYTEST = "[dependency-groups]\ntest = ['pytest>=8']\n[tool.pytest.ini_options]\ntestpaths = ['tests']\n"


@pytest.mark.parametrize(
    ("lock", "pyproject", "install", "prefix"),
    [
        ("uv.lock", PYTEST, "uv sync --frozen --group test", "uv run --no-sync "),
        ("uv.lock", PYTEST + "[tool.uv]\ndefault-groups = 'all'\n", "uv sync --frozen", "uv run --no-sync "),
        ("pdm.lock", PYTEST, "pdm sync", "pdm run "),
        (
            "poetry.lock",
            "[tool.poetry.group.test]\noptional = true\n[tool.poetry.group.test.dependencies]\npytest = '*'\n",
            "poetry install --no-interaction --with test",
            "poetry run ",
        ),
        (
            "poetry.lock",
            "[project.optional-dependencies]\ndev = ['pytest']\n",
            "poetry install --no-interaction --extras dev",
            "poetry run ",
        ),
    ],
)
def test_the_lock_file_says_who_installs(tmp_path: Path, lock: str, pyproject: str, install: str, prefix: str) -> None:
    """With the groups and extras that the suite stands in, where they are not installed anyway."""
    found = proposed(tmp_path, {lock: "", "pyproject.toml": pyproject})
    assert list(taken(found).values()) == [install, f"{prefix}pytest --junit-xml=reports/pytest.xml"]
    assert only(found, "tests/pytest").report == Report("junit", "reports/pytest.xml")


def test_without_a_lock_nothing_is_installed(tmp_path: Path) -> None:
    """It runs in the environment that is active, and says so."""
    found = proposed(tmp_path, {"requirements-dev.txt": "# tools\npytest==8.3\n", "setup.py": ""})
    assert taken(found) == {"tests/pytest": "python3 -m pytest --junit-xml=reports/pytest.xml"}
    step = only(found, "tests/pytest")
    assert (step.at, step.sure) == (("requirements-dev.txt", 2), Sure.MEDIUM)


def test_a_manager_without_a_lock_is_only_shown(tmp_path: Path) -> None:
    """Its install need not be the same twice; the steps run in its environment all the same."""
    found = proposed(tmp_path, {"pyproject.toml": PYTEST + "[tool.poetry]\npackage-mode = false\n"})
    assert taken(found) == {"tests/pytest": "poetry run pytest --junit-xml=reports/pytest.xml"}
    assert "no lock file" in only(found, "install/poetry-install").doubt


def test_a_tool_that_is_configured_and_not_installed_is_only_shown(tmp_path: Path) -> None:
    """With the reason."""
    found = proposed(tmp_path, {"pyproject.toml": PYTEST + "[tool.ruff]\nfix = true\n[tool.mypy]\nstrict = true\n"})
    assert list(taken(found)) == ["tests/pytest"]
    assert steps(found)["advisory-checks/ruff-check"].proposal.doubt == "ruff is no dependency of the project"


def test_a_check_changes_nothing_and_counts_where_the_project_runs_it(tmp_path: Path) -> None:
    """`fix = true` is taken back; what tox runs is required, what only stands in a configuration is advisory."""
    pyproject = "[dependency-groups]\ndev = ['ruff', 'mypy']\n[tool.ruff]\nfix = true\n[tool.mypy]\nfiles = ['x']\n"
    tox = "[tox]\nenvlist = py\n[testenv]\ncommands =\n    mypy\n"
    found = proposed(tmp_path, {"pyproject.toml": pyproject, "uv.lock": "", "tox.ini": tox})
    assert taken(found)["checks/mypy"] == "uv run --no-sync mypy"
    assert taken(found)["advisory-checks/ruff-check"] == "uv run --no-sync ruff check --no-fix"
    hint = steps(found)["checks/mypy"].hint
    assert hint is not None
    assert (hint.who, hint.at) == ("a task", ("tox.ini", 5))
    assert taken(found)["tests/tox"] == "uv run --no-sync tox run"


@pytest.mark.parametrize(
    ("more", "options", "coverage"),
    [
        ("[tool.coverage.run]\nsource = ['x']\n", " --cov --cov-report=xml:reports/coverage.xml", True),
        ("[tool.pytest]\naddopts = ['--cov=x']\n", " --cov-report=xml:reports/coverage.xml", True),
        ("[tool.coverage.report]\nfail_under = 80\n", "", False),
    ],
)
def test_coverage_is_read_only_where_it_is_measured(tmp_path: Path, more: str, options: str, coverage: bool) -> None:
    """An installed plugin alone measures nothing."""
    pyproject = "[dependency-groups]\ndev = ['pytest', 'pytest-cov']\n"
    found = proposed(tmp_path, {"pyproject.toml": pyproject + more, "uv.lock": ""})
    step = only(found, "tests/pytest")
    assert step.run == f"uv run --no-sync pytest --junit-xml=reports/pytest.xml{options}"
    assert step.coverage == ("reports/coverage.xml" if coverage else "")


def test_unittest_is_seen_in_the_tests(tmp_path: Path) -> None:
    """Nothing names a runner; that its tests are not counted is said."""
    found = proposed(tmp_path, {"setup.py": "", "tests/test_a.py": "import os\nimport unittest\n"})
    step = only(found, "tests/unittest")
    assert (step.run, step.at, step.report) == ("python3 -m unittest discover -s tests", ("tests/test_a.py", 2), None)
    assert "no report" in step.no_report


def test_nox_alone_is_the_suite(tmp_path: Path) -> None:
    """Where nothing says what it runs."""
    assert taken(proposed(tmp_path, {"noxfile.py": "import nox\n", "setup.py": ""})) == {"tests/nox": "python3 -m nox"}
