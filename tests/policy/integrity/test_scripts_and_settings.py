"""Scripts, settings, CI and hooks: what lets a failure pass unseen is told, what tidies up or looks on is not."""

from __future__ import annotations

import pytest

from tests.policy.integrity.changes import Files, rules_of, told, worst
from tests.policy.integrity.other_cheats import CHEATS, CI, HOOKS, INI, PACKAGE, SH, edited, ini, sh

HONEST: dict[str, tuple[Files, Files]] = {
    "tidying up may fail": sh(("npm ci", 'kill "$(cat pid)" 2>/dev/null || true\nnpm ci')),
    "removing may fail": sh(("npm ci", "docker rm -f db || true\nnpm ci")),
    "a server in the background": sh(("npm ci", "npm start &\nnpm ci")),
    "another layout": sh(("cd backend", "# where the code is\n\ncd  backend")),
    "a command more": sh(("npm run lint", "npm run lint\nnpm run types")),
    "a switch in the command": sh(("pytest tests", "pytest -n 4 tests")),
    "memory for node": sh(("npm ci", "export NODE_OPTIONS=--max-old-space-size=4096\nnpm ci")),
    "installed programs, quoted": sh(("npm ci", 'export PATH="/usr/local/bin:$HOME/.cargo/bin:${PATH}"\nnpm ci')),
    "installed programs": sh(("npm ci", "export PATH=$PWD/node_modules/.bin:$PATH\nnpm ci")),
    "a plugin that is well known": ini(("-q", "-q -p pytest_asyncio")),
    "less noise": edited("run.sh", "pytest -v -n 4 tests\n", (" -v -n 4", "")),
    "fewer packages": edited("run.sh", "pip install a b\n", (" b", "")),
    "a number more": edited("run.sh", 'echo "problems: $count"\n', ("echo", 'echo "step 2 of 3"\necho')),
    "more places": sh(("pytest tests", "pytest tests e2e")),
    "a later version": sh(("npm ci", "npm ci --no-audit")),
    "the order": edited("run.sh", SH, ("npm ci\npytest tests\n", "pytest tests\nnpm ci\n")),
    "commands went into a function": sh(("pytest tests\n", "tests() {\n  pytest tests\n}\ntests\n")),
    "settings moved to another file": (
        {"pytest.ini": INI},
        {
            "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["tests"]\naddopts = "--strict-markers"\n'
            "xfail_strict = true\n"
        },
    ),
    "a settings file under another name": ({".coveragerc": "fail_under = 90\n"}, {"setup.cfg": "fail_under = 90\n"}),
    "settings came in": ({}, {"pytest.ini": "[pytest]\ntestpaths = tests\naddopts = -q\n"}),
    "a conftest moved": ({"tests/conftest.py": "import pytest\n"}, {"tests/unit/conftest.py": "import pytest\n"}),
    "a script moved its commands": (
        {"run.sh": SH, "Makefile": "all:\n\tls\n"},
        {"run.sh": SH.replace("npm run lint\n", ""), ".husky/pre-push": "npm run lint\n"},
    ),
    "a workflow has another name": ({".github/workflows/ci.yml": CI}, {".github/workflows/test.yml": CI + "# new\n"}),
    "a job went to another workflow": (
        {".github/workflows/ci.yml": CI},
        {
            ".github/workflows/ci.yml": CI.replace("  lint:\n    steps:\n      - run: make lint\n", ""),
            ".github/workflows/lint.yml": "on: [push]\njobs:\n  lint:\n    steps:\n      - run: make lint\n",
        },
    ),
    "another package manager": ({"poetry.lock": "x"}, {"uv.lock": "y"}),
    "a marker is registered": ini(("xfail_strict", "markers =\n    slow: takes long\nxfail_strict")),
    "a report is written": ini(("-q", "-q --junitxml=reports/junit.xml")),
    "more paths": ini(("testpaths = tests", "testpaths = tests e2e")),
    "dependencies": edited("package.json", PACKAGE, ("^4.0.0", "^4.1.0"), ("1.0.0", "1.1.0")),
    "dependencies of Python": edited("pyproject.toml", '[project]\ndependencies = ["a>=1"]\n', ("a>=1", "a>=2")),
    "an action's version": edited(".github/workflows/ci.yml", CI, ("checkout@v4", "checkout@v5")),
    "a comment in CI": edited(".github/workflows/ci.yml", CI, ("on:", "# when\non:")),
    "a hook's version": edited(".pre-commit-config.yaml", HOOKS, ("ruff check", "ruff check --fix")),
    "a lock moved on": edited("poetry.lock", "a 1\nb 2\n", ("a 1", "a 2")),
    "a fixture": edited(
        "tests/conftest.py",
        "import pytest\n",
        ("import pytest\n", "import pytest\n\n@pytest.fixture\ndef shop():\n    return 1\n"),
    ),
    "a new conftest": ({}, {"tests/conftest.py": "import pytest\n"}),
    "metrics of a new baseline": ({}, {"gates/baselines/c/a.b.json": '{"tests": {"a": "passed"}}'}),
    "a baseline that knows more": edited(
        "gates/baselines/c/a.b.json", '{"tests": {"a": "failed"}}', ('"failed"', '"passed", "b": "passed"')
    ),
    "a known skip whose file was renamed": edited(
        "gates/baselines/c/a.b.json", '{"tests": {"t.old::a": "skipped"}}', ("t.old::a", "t.new::a")
    ),
    "the quarantine shrinks": edited("gates/quarantine.yaml", "- test: a\n- test: b\n", ("- test: b\n", "")),
}

STRONGER: dict[str, tuple[tuple[Files, Files], str]] = {
    "no or true": (edited("run.sh", SH.replace("tests\n", "tests || true\n"), (" || true", "")), "exit-code-kept"),
    "set -e": (
        edited("run.sh", SH.replace("set -euo pipefail\n", ""), ("cd", "set -euo pipefail\ncd")),
        "exit-code-kept",
    ),
    "a higher threshold": (edited(".coveragerc", "fail_under = 80\n", ("80", "90")), "higher-threshold"),
    "a shorter timeout": (edited(".mocharc.yml", "timeout: 2000\n", ("2000", "500")), "narrower-timeout"),
    "strict": (ini(("[pytest]", "[pytest]\nfilterwarnings = error")), "stricter-setting"),
    "a job more": (
        edited(".github/workflows/ci.yml", CI, ("make lint", "make lint\n      - run: make types")),
        "more-steps",
    ),
}


@pytest.mark.parametrize(("files", "rule"), CHEATS.values(), ids=CHEATS)
def test_what_lets_failures_pass_is_told(files: tuple[Files, Files], rule: str) -> None:
    changes = told(*files)
    assert rule in rules_of(changes), [change.reasons for change in changes]
    assert worst(changes) == "weakening"


@pytest.mark.parametrize("files", HONEST.values(), ids=HONEST)
def test_an_honest_change_is_not_accused(files: tuple[Files, Files]) -> None:
    assert [change.reasons for change in told(*files) if change.effect == "weakening"] == []


@pytest.mark.parametrize(("files", "rule"), STRONGER.values(), ids=STRONGER)
def test_what_became_stricter_is_told_too(files: tuple[Files, Files], rule: str) -> None:
    changes = told(*files)
    assert rule in rules_of(changes)
    assert worst(changes) == "strengthening"
