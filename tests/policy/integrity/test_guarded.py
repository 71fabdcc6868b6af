"""What a run is judged by is told by path, and by what its steps run."""

from __future__ import annotations

import pytest

from gatekeeper.model.demands import IntegritySpec
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.policy.integrity.guarded import is_collected, kind_of
from gatekeeper.policy.integrity.scripts import scripts_in
from gatekeeper.policy.integrity.weight import blocking, stricter

KINDS = {
    "gates/shop.yaml": "definition",
    "sub/gates/shop.yml": "definition",
    "gates/baselines/shop/suite.unit.json": "baseline",
    "gates/baselines/.gitattributes": "other",
    "gates/quarantine.yaml": "quarantine",
    "gates/patterns/ours.yaml": "pattern",
    "gates/patterns/ours/sample.txt": "other",
    ".github/workflows/ci.yml": "ci",
    ".gitlab-ci.yml": "ci",
    ".circleci/config.yml": "ci",
    "Jenkinsfile": "ci",
    "azure-pipelines.yml": "ci",
    ".pre-commit-config.yaml": "hook",
    "lefthook.yml": "hook",
    ".husky/pre-push": "hook",
    ".githooks/pre-push": "hook",
    "requirements.txt": "lock",
    "requirements/dev.txt": "lock",
    "poetry.lock": "lock",
    "web/package-lock.json": "lock",
    "go.sum": "lock",
    "tests/conftest.py": "test-config",
    "pytest.ini": "test-config",
    "pyproject.toml": "test-config",
    "web/jest.config.ts": "test-config",
    "vitest.config.mts": "test-config",
    ".mocharc.json": "test-config",
    "package.json": "test-config",
    "phpunit.xml.dist": "test-config",
    "pom.xml": "test-config",
    ".config/nextest.toml": "test-config",
    "tests/test_shop.py": "test",
    "shop/shop_test.py": "test",
    "tests/helpers.py": "test",
    "src/shop.test.ts": "test",
    "src/__tests__/shop.js": "test",
    "shop/total_test.go": "test",
    "src/test/java/ShopTest.java": "test",
    "tests/shop.rs": "test",
    "tests/ShopTest.php": "test",
    "tests/shop.bats": "test",
    "run.sh": "script",
    "shop/prices.py": None,
    "README.md": None,
    "docs/testing.md": None,
    "latest/shop.py": None,
    "src/contest.js": None,
    "gates.yaml": None,
}


@pytest.mark.parametrize(("path", "kind"), KINDS.items())
def test_the_kind_of_a_file(path: str, kind: str | None) -> None:
    assert kind_of(path, frozenset({"run.sh"})) == kind


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("./scripts/test.sh --fast", {"scripts/test.sh"}),
        ("bash scripts/test.sh", {"scripts/test.sh"}),
        ("node tools/check.mjs", {"tools/check.mjs"}),
        ("python3 -u scripts/check.py", {"scripts/check.py"}),
        ("cd x && sh ci/all", {"ci/all"}),
        ("make test", {"Makefile", "makefile", "GNUmakefile"}),
        ("CI=1 npm test", {"package.json"}),
        ("npm run lint", {"package.json"}),
        ("tox -e py", {"tox.ini", "pyproject.toml"}),
        ('"$PYTHON" scripts/cover.py', {"scripts/cover.py"}),
        ('. "$HERE/common.sh"', {"common.sh"}),
        ("cat README.md", set()),
        ("eslint src/index.js", set()),
        ("curl https://example.test/a.sh", set()),
        ("/bin/sh -c true", set()),
    ],
)
def test_the_files_that_a_command_runs(command: str, files: set[str]) -> None:
    assert set(scripts_in(command)) == files


@pytest.mark.parametrize(
    ("path", "collected"),
    [
        ("tests/test_a.py", True),
        ("a_test.py", True),
        ("tests/a.py", False),
        ("tests/checks_a.py", False),
        ("a.js", True),
    ],
)
def test_files_that_a_runner_looks_into(path: str, collected: bool) -> None:
    assert is_collected(path) is collected


WEAK = IntegrityChange("tests/test_a.py", "test", "weakening")
STRONG = IntegrityChange("tests/test_b.py", "test", "strengthening")
FORGED = IntegrityChange("/runs/journal.jsonl", "evidence", "weakening")


def test_who_weakened_decides_what_it_means() -> None:
    spec = IntegritySpec(fixer="fail", others="warn")
    assert blocking((WEAK, STRONG), spec) == ()
    assert blocking((WEAK, STRONG), spec, frozenset({WEAK.file})) == (WEAK,)
    assert blocking((WEAK, STRONG), IntegritySpec("warn", "fail")) == (WEAK,)
    assert blocking((WEAK,), IntegritySpec("warn", "fail"), frozenset({WEAK.file})) == ()


def test_forged_evidence_is_nobody_s_to_allow() -> None:
    assert blocking((FORGED,), IntegritySpec("warn", "warn")) == (FORGED,)


def test_the_stricter_of_two_demands() -> None:
    assert stricter(IntegritySpec("warn", "warn", "main"), IntegritySpec("fail", "warn")) == ("fail", "warn", "main")
