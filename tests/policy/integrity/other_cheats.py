"""Owns ways to let failures pass by scripts, settings, CI and what is kept: files before and after, and the rule."""

from __future__ import annotations

from tests.policy.integrity.changes import Files

SH = "#!/usr/bin/env bash\nset -euo pipefail\ncd backend\nnpm ci\npytest tests\nnpm run lint\n"
INI = "[pytest]\ntestpaths = tests\naddopts = -q --strict-markers\nxfail_strict = true\n"
PACKAGE = """{
  "name": "shop", "version": "1.0.0",
  "scripts": {"test": "jest --ci", "build": "tsc"},
  "jest": {"testTimeout": 5000, "coverageThreshold": {"global": {"lines": 80, "branches": 70}}},
  "dependencies": {"express": "^4.0.0"}
}
"""
CI = """on:
  push:
  pull_request:
jobs:
  test:
    steps:
      - uses: actions/checkout@v4
      - run: make test
  lint:
    steps:
      - run: make lint
"""
HOOKS = """
repos:
  - repo: local
    hooks:
      - id: ruff
        entry: ruff check
      - id: pytest
        entry: pytest
"""


def ini(*changes: tuple[str, str]) -> tuple[Files, Files]:
    return edited("pytest.ini", INI, *changes)


def sh(*changes: tuple[str, str]) -> tuple[Files, Files]:
    return edited("run.sh", SH, *changes)


def edited(path: str, text: str, *changes: tuple[str, str]) -> tuple[Files, Files]:
    after = text
    for old, new in changes:
        assert old in after, old
        after = after.replace(old, new)
    return {path: text}, {path: after}


CHEATS: dict[str, tuple[tuple[Files, Files], str]] = {
    "or true": (sh(("pytest tests", "pytest tests || true")), "exit-code-lost"),
    "a plugin of its own": (sh(("pytest tests", "pytest -p shop.quiet tests")), "runner-hook"),
    "a plugin in the settings": (ini(("-q", "-q -p shop.quiet")), "runner-hook"),
    "a plugin in conftest": (
        edited("tests/conftest.py", "import pytest\n", ("pytest\n", 'pytest\n\npytest_plugins = ["shop.quiet"]\n')),
        "runner-hook",
    ),
    "another program before installed ones": (sh(("npm ci", "PATH=./fakes:/usr/sbin:$PATH npm ci")), "runner-hook"),
    "another program first": (sh(("npm ci", "export PATH=./fakes:$PATH\nnpm ci")), "runner-hook"),
    "a preload for node": (sh(("npm ci", 'export NODE_OPTIONS="--require ./quiet.js"\nnpm ci')), "runner-hook"),
    "a filter for go": (sh(("npm ci", "export GOFLAGS=-run=TestA\nnpm ci")), "runner-hook"),
    "a preload by npm": (({}, {".npmrc": "node-options=--import ./quiet.mjs\n"}), "runner-hook"),
    "a key with escapes": (
        ({"gates/quarantine.yaml": "[]\n"}, {"gates/quarantine.yaml": '- "te\\x73t": t::a\n  expires: 2099-12-31\n'}),
        "not-compared",
    ),
    "or colon": (sh(("pytest tests", "pytest tests || :")), "exit-code-lost"),
    "or echo": (sh(("pytest tests", "pytest tests || echo failed")), "exit-code-lost"),
    "and then true": (sh(("pytest tests", "pytest tests; true")), "exit-code-lost"),
    "in the background": (sh(("pytest tests", "pytest tests &")), "exit-code-lost"),
    "set +e": (sh(("pytest tests", "set +e\npytest tests")), "exit-code-lost"),
    "no set -e": (sh(("set -euo pipefail\n", "")), "exit-code-lost"),
    "exit 0 at the end": (sh(("npm run lint\n", "npm run lint\nexit 0\n")), "exit-code-lost"),
    "exit 0 before": (sh(("pytest tests", "exit 0\npytest tests")), "early-exit"),
    "a trap": (sh(("pytest tests", "trap 'exit 0' EXIT\npytest tests")), "exit-code-lost"),
    "a command is gone": (sh(("pytest tests\n", "")), "removed-command"),
    "a command is a comment": (sh(("pytest tests", "# pytest tests")), "removed-command"),
    "a command is an echo": (sh(("pytest tests", "echo all passed")), "removed-command"),
    "a lint is gone": (sh(("npm run lint\n", "")), "removed-command"),
    "fewer places": (sh(("pytest tests", "pytest tests/unit")), "narrower-command"),
    "one place": (sh(("pytest tests", "pytest tests/test_a.py::test_a")), "narrower-command"),
    "deselected": (sh(("pytest tests", "pytest tests --deselect tests/test_a.py::test_a")), "deselected-tests"),
    "by a word": (sh(("pytest tests", "pytest tests -k 'not total'")), "deselected-tests"),
    "by a mark": (sh(("pytest tests", "pytest tests -m 'not slow'")), "deselected-tests"),
    "only what failed": (sh(("pytest tests", "pytest tests --lf")), "deselected-tests"),
    "no tests will do": (sh(("npm run lint", "npm run lint -- --passWithNoTests")), "laxer-setting"),
    "a linter that never fails": (sh(("npm run lint", "ruff check --exit-zero")), "laxer-setting"),
    "more tries": (sh(("pytest tests", "pytest tests --reruns 5")), "more-retries"),
    "a variable turns it off": (
        sh(("pytest tests", 'if [ -n "${SKIP_TESTS:-}" ]; then exit 0; fi\npytest tests')),
        "skip-switch",
    ),
    "a variable is set": (sh(("npm ci", "export SKIP_TESTS=1\nnpm ci")), "skip-switch"),
    "only others": (edited("run.sh", "pytest\n", ("pytest", "pytest other")), "narrower-command"),
    "tried until it passes": (
        sh(("pytest tests\n", "for _ in 1 2 3; do\n  pytest tests && break\ndone\n")),
        "more-retries",
    ),
    "until": (sh(("pytest tests\n", "until pytest tests; do :; done\n")), "more-retries"),
    "a linter overlooks": (
        edited("run.sh", "count=$(grep -cE 'TODO|FIXME' *.py)\n", ("TODO|FIXME", "FIXME")),
        "narrower-command",
    ),
    "a linter looks at less": (edited("run.sh", "ruff check shop tests\n", (" tests", "")), "narrower-command"),
    "a number that is written down": (
        edited("run.sh", 'echo "problems: $count"\n', ("\n", '\necho "problems: 0"\n')),
        "fixed-number",
    ),
    "the recipe ignores errors": (edited("run.sh", "test:\n\tpytest\n", ("\tpytest", "\t-pytest")), "exit-code-lost"),
    "addopts -k": (ini(("-q", '-q -k "not total"')), "deselected-tests"),
    "addopts --ignore": (ini(("-q", "-q --ignore=tests/test_a.py")), "deselected-tests"),
    "not strict": (ini(("xfail_strict = true\n", "")), "laxer-setting"),
    "no strict markers": (ini((" --strict-markers", "")), "laxer-setting"),
    "testpaths": (ini(("testpaths = tests", "testpaths = tests/unit")), "narrower-selection"),
    "python_files": (ini(("testpaths", "python_files = test_a*.py\ntestpaths")), "narrower-selection"),
    "norecursedirs": (ini(("testpaths", "norecursedirs = slow\ntestpaths")), "deselected-tests"),
    "a setting over lines": (
        edited("setup.cfg", "[coverage:run]\nomit =\n    a/*\n", ("    a/*\n", "    a/*\n    shop/*\n")),
        "deselected-tests",
    ),
    "a moved file is weaker": (
        ({"pytest.ini": INI}, {"sub/pytest.ini": INI + "norecursedirs = slow\n"}),
        "deselected-tests",
    ),
    "settings moved, and not all of them": (
        ({"pytest.ini": INI}, {"pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'}),
        "laxer-setting",
    ),
    "the file is gone": (({"pytest.ini": INI}, {}), "guard-removed"),
    "fail_under": (
        edited("pyproject.toml", "[tool.coverage.report]\nfail_under = 90\n", ("90", "50")),
        "lower-threshold",
    ),
    "no fail_under": (
        edited(".coveragerc", "[report]\nfail_under = 90\n", ("fail_under = 90\n", "")),
        "lower-threshold",
    ),
    "a longer timeout": (edited("package.json", PACKAGE, ("5000", "50000")), "wider-timeout"),
    "a lower threshold": (edited("package.json", PACKAGE, ('"lines": 80', '"lines": 20')), "lower-threshold"),
    "a script that succeeds": (edited("package.json", PACKAGE, ("jest --ci", "true")), "removed-command"),
    "a script with or true": (edited("package.json", PACKAGE, ("jest --ci", "jest --ci || true")), "exit-code-lost"),
    "patterns that are ignored": (
        edited(
            "jest.config.js",
            "module.exports = {testMatch: ['**/*.test.js']};\n",
            ("{", "{testPathIgnorePatterns: ['/slow/'], "),
        ),
        "deselected-tests",
    ),
    "fewer files match": (
        edited(
            "jest.config.js",
            "module.exports = {testMatch: ['**/*.test.js', '**/*.spec.js']};\n",
            (", '**/*.spec.js'", ""),
        ),
        "narrower-selection",
    ),
    "maven": (
        edited("pom.xml", "<project><skipTests>false</skipTests></project>\n", ("false", "true")),
        "laxer-setting",
    ),
    "gradle": (edited("build.gradle", "test { ignoreFailures = false }\n", ("false", "true")), "laxer-setting"),
    "phpunit": (
        edited("phpunit.xml", '<phpunit failOnWarning="true"/>\n', (' failOnWarning="true"', "")),
        "laxer-setting",
    ),
    "nextest": (edited(".config/nextest.toml", "[profile.ci]\nretries = 0\n", ("0", "5")), "more-retries"),
    "mocha": (edited(".mocharc.yml", "timeout: 2000\n", ("2000", "60000")), "wider-timeout"),
    "a hook that drops tests": (
        edited(
            "tests/conftest.py",
            "import pytest\n",
            ("import pytest\n", "def pytest_collection_modifyitems(items):\n    items[:] = []\n"),
        ),
        "runner-hook",
    ),
    "a hook that whitewashes": (
        edited(
            "conftest.py",
            "",
            ("", "@hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n    r = yield\n"),
        ),
        "runner-hook",
    ),
    "a hook that ends well": (
        edited("conftest.py", "", ("", "def pytest_sessionfinish(session):\n    session.exitstatus = 0\n")),
        "runner-hook",
    ),
    "collect_ignore": (edited("tests/conftest.py", "", ("", 'collect_ignore = ["test_a.py"]\n')), "deselected-tests"),
    "a Python that starts differently": (({}, {"sitecustomize.py": "import os\n"}), "runner-hook"),
    "a job that may fail": (
        edited(
            ".github/workflows/ci.yml",
            CI,
            ("      - run: make test", "      - run: make test\n        continue-on-error: true"),
        ),
        "exit-code-lost",
    ),
    "a step is gone": (edited(".github/workflows/ci.yml", CI, ("      - run: make test\n", "")), "removed-step"),
    "a job is gone": (
        edited(".github/workflows/ci.yml", CI, ("  lint:\n    steps:\n      - run: make lint\n", "")),
        "removed-step",
    ),
    "a step that never runs": (
        edited(".github/workflows/ci.yml", CI, ("      - run: make test", "      - run: make test\n        if: false")),
        "new-condition",
    ),
    "no pull requests": (edited(".github/workflows/ci.yml", CI, ("  pull_request:\n", "")), "removed-step"),
    "allowed to fail": (
        edited(
            ".gitlab-ci.yml",
            "test:\n  script:\n    - make test\n",
            ("    - make test\n", "    - make test\n  allow_failure: true\n"),
        ),
        "exit-code-lost",
    ),
    "a hook is gone": (
        edited(".pre-commit-config.yaml", HOOKS, ("      - id: pytest\n        entry: pytest\n", "")),
        "removed-step",
    ),
    "the hooks are gone": (({".pre-commit-config.yaml": HOOKS}, {}), "guard-removed"),
    "husky": (edited(".husky/pre-push", "npm test\n", ("npm test", "exit 0")), "removed-step"),
    "a lock is gone": (({"poetry.lock": "x"}, {}), "lock-removed"),
    "hashes are gone": (
        edited("requirements.txt", "a==1 --hash=sha256:00\n", (" --hash=sha256:00", "")),
        "lock-removed",
    ),
    "the quarantine grows": (
        edited(
            "gates/quarantine.yaml",
            "- test: a\n  expires: 2026-01-01\n",
            ("- test: a", "- test: b\n  expires: 2026-01-01\n- test: a"),
        ),
        "quarantine-grew",
    ),
    "the quarantine lasts": (
        edited("gates/quarantine.yaml", "- {test: a, expires: 2026-01-01}\n", ("2026", "2036")),
        "quarantine-grew",
    ),
    "a baseline with fewer tests": (
        edited("gates/baselines/c/a.b.json", '{"tests": {"a": "passed", "b": "passed"}}', (', "b": "passed"', "")),
        "fewer-known-tests",
    ),
    "a baseline with failures": (
        edited("gates/baselines/c/a.b.json", '{"tests": {"a": "passed"}}', ('"passed"', '"failed"')),
        "more-known-failures",
    ),
    "one known failure that moved to two files": (
        edited("gates/baselines/c/a.b.json", '{"tests": {"x::a": "failed"}}', ('"x::a"', '"y::a": "failed", "z::a"')),
        "more-known-failures",
    ),
    "a baseline with less coverage": (
        edited("gates/baselines/c/a.b.json", '{"tests": {}, "coverage": {"lines": 90}}', ("90", "40")),
        "lower-known-number",
    ),
    "a baseline that is gone": (({"gates/baselines/c/a.b.json": "{}"}, {}), "fewer-known-tests"),
    "a baseline that cannot be read": (edited("gates/baselines/c/a.b.json", "{}", ("{}", "{")), "not-compared"),
}
