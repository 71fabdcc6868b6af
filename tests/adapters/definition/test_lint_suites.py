"""`check` sees a suite that leaves out tests, passes on none, hides its failures or runs again until it passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.definition.definitions import HEAD
from tests.adapters.definition.linting import findings, rules

REPORT = "        report: {junit: reports/x.xml}\n"


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("npx jest --passWithNoTests", True),
        ("npm test -- --passWithNoTests", True),
        ("vitest run --pass-with-no-tests", True),
        ("npm test --if-present", True),
        ("cargo nextest run --no-tests=pass", True),
        ("cargo nextest run --no-tests warn", True),
        ("ctest --no-tests=ignore", True),
        ("mvn -DfailIfNoTests=false test", True),
        ("phpunit --do-not-fail-on-empty-test-suite", True),
        ("pytest || [ $? -eq 5 ]", True),
        ('pytest || test "$?" -eq 5', True),
        ("pytest || [[ $? == 5 ]]", True),
        ("pytest || [ 5 = $? ]", True),
        ("npx jest --passWithNoTests=false", False),
        ("ctest --no-tests=error", False),
        ("cargo nextest run --no-tests=fail", False),
        ("mvn -DfailIfNoTests=true test", False),
        ("npm run build --if-present", False),
        ("pytest || [ $? -eq 1 ]", False),
        ("[ $# -eq 5 ] || pytest", False),
        ("echo --passWithNoTests-is-bad", False),
        ("pytest", False),
    ],
)
def test_a_suite_that_passes_without_a_test(tmp_path: Path, script: str, found: bool) -> None:
    """Nothing was run, and it would be green."""
    assert ("passes-without-tests" in rules(tmp_path, script, REPORT)) is found


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("pytest -k 'not slow'", True),
        ("python -m pytest --deselect tests/test_a.py::test_b", True),
        ("uv run pytest --ignore=tests/hard", True),
        ("pytest -m 'not slow'", True),
        ("pytest -m'not slow'", True),
        ("pytest --lf", True),
        ("npx jest --testPathIgnorePatterns e2e", True),
        ("npm test -- --testPathIgnorePatterns e2e", True),
        ("npx jest -t login", True),
        ("mocha --grep login", True),
        ("mocha -g login", True),
        ("npx playwright test --grep-invert @slow", True),
        ("go test ./... -run TestA", True),
        ("go test -short ./...", True),
        ("cargo test -- --skip slow", True),
        ("cargo nextest run -E 'not test(slow)'", True),
        ("mvn test -Dtest=A", True),
        ("mvn verify -DskipTests", True),
        ("./gradlew check -x test", True),
        ("ctest -LE slow", True),
        ("phpunit --exclude-group slow", True),
        ("dotnet test --filter Category!=Slow", True),
        ("PYTEST_ADDOPTS='-k not_slow' make test", True),
        ("pytest tests", False),
        ("pytest -m smoke", False),
        ("pytest -x --maxfail=1", False),
        ("pytest --keep-duplicates", False),
        ("grep -k not", False),
        ("npm run lint -- --grep x", False),
        ("mvn verify -DskipTests=false", False),
        ("./gradlew check -x lint", False),
        ("go test -race ./...", False),
        ("cargo test --no-fail-fast", False),
        ("PYTEST_ADDOPTS=-q make test", False),
        ("pytest --collect-only -k x", False),
    ],
)
def test_a_suite_that_leaves_out_tests(tmp_path: Path, script: str, found: bool) -> None:
    """What was not run was not tested."""
    assert ("selects-tests" in rules(tmp_path, script, REPORT)) is found


def test_an_advisory_gate_may_select(tmp_path: Path) -> None:
    """Only what must pass must be whole."""
    text = HEAD + "gates: {g: {tier: advisory, steps: {s: {run: pytest -k a, report: {junit: r/x.xml}}}}}\n"
    assert findings(tmp_path, text) == ()


def test_options_in_the_environment_are_options(tmp_path: Path) -> None:
    """PYTEST_ADDOPTS is told at its own place, and is fine where it leaves out nothing."""
    body = "gates: {g: {steps: {s: {run: make test, report: {junit: r/x.xml}, env: {PYTEST_ADDOPTS: '%s'}}}}}\n"
    (found,) = findings(tmp_path, HEAD + body % "--deselect x")
    assert (found.rule, found.key) == ("selects-tests", "gates.g.steps.s.env.PYTEST_ADDOPTS")
    assert findings(tmp_path, HEAD + body % "-q -p no:cacheprovider") == ()


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("pylint --exit-zero src", True),
        ("ruff check -e", True),
        ("mvn -Dmaven.test.failure.ignore=true verify", True),
        ("mvn -Dmaven.test.failure.ignore verify", True),
        ("mvn -fn verify", True),
        ("make -i test", True),
        ("standard --no-fail", True),
        ("sudo -n flake8 --exit-zero", True),
        ("mvn -Dmaven.test.failure.ignore=false verify", False),
        ("ruff check", False),
        ("mypy --no-error-summary", False),
        ("cargo nextest run --no-fail-fast", False),
        ("lcov --ignore-errors source -o x", False),
        ("echo exit-zero", False),
    ],
)
def test_a_command_that_hides_its_failures(tmp_path: Path, script: str, found: bool) -> None:
    """Its exit code says nothing."""
    assert ("ignores-failures" in rules(tmp_path, script, REPORT)) is found


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("pytest --reruns 2", True),
        ("pytest --reruns=2", True),
        ("cargo nextest run --retries 3", True),
        ("npx playwright test --retries=2", True),
        ("mvn test -Dsurefire.rerunFailingTestsCount=2", True),
        ("gotestsum --rerun-fails", True),
        ("ctest --repeat until-pass:3", True),
        ("pytest --reruns=0", False),
        ("npx playwright test --retries=0", False),
        ("ctest --repeat until-fail:3", False),
        ("curl --retry 5 http://127.0.0.1/", False),
        ("pytest --reruns-delay 1", False),
    ],
)
def test_a_suite_that_runs_again_inside(tmp_path: Path, script: str, found: bool) -> None:
    """A pass inside is flaky, and would look clean."""
    assert ("reruns-inside" in rules(tmp_path, script, REPORT)) is found


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("SKIP_TESTS=1 make", True),
        ("export SKIP_E2E_TESTS=true; make", True),
        ("env NO_TESTS=1 make", True),
        ("HUSKY=0 git push", True),
        ("CI=false npm test", True),
        ("NODE_ENV=production npm test", True),
        ("git push --no-verify", True),
        ("SKIP_TESTS=0 make", False),
        ("NODE_ENV=production npm run build", False),
        ("NODE_ENV=test npm test", False),
        ("CI=true npm test", False),
        ("echo SKIP_TESTS=1", False),
        ("SKIPPER=1 make", False),
    ],
)
def test_a_switch_that_leaves_out_checks(tmp_path: Path, script: str, found: bool) -> None:
    """The same command, and another meaning."""
    assert ("skips-by-environment" in rules(tmp_path, script, REPORT)) is found


def test_a_switch_in_env_is_told_at_its_place(tmp_path: Path) -> None:
    """Also through a variable of the definition."""
    text = (
        HEAD + 'vars: {off: "1"}\ngates: {g: {steps: {s: {run: make, env: {SKIP_TESTS: "${vars.off}", CI: "true"}}}}}\n'
    )
    (found,) = findings(tmp_path, text)
    assert (found.rule, found.key) == ("skips-by-environment", "gates.g.steps.s.env.SKIP_TESTS")
