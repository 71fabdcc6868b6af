"""Owns what is known of test runners' options: which select, pass on nothing, hide failures, run again.

A runner's options follow its own name, or stand after the ``--`` of a script's runner (``npm test -- --grep x``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.adapters.definition.habits import Words, begins, layers, runs_tests
from gatekeeper.model.record import NamedTuple


class Option(NamedTuple):
    """An option as it was given: ``-k`` with its value, which may be empty."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name} {self.value}".strip() if not self.name.startswith("-D") else f"{self.name}={self.value}"


def options_of(words: Words) -> Iterator[Option]:
    """Every option of a command with what may be its value, ``--`` left out of account."""
    for index, word in enumerate(words[1:], 1):
        if not word.startswith("-") or word in {"-", "--"}:
            continue
        name, equals, value = word.partition("=")
        following = words[index + 1] if index + 1 < len(words) and not words[index + 1].startswith("-") else ""
        yield Option(name, value if equals else following)


_PYTEST = "(?:pytest|py.test)"
_SELECTING: tuple[tuple[str, str], ...] = (
    (_PYTEST, r"-k\S*|--deselect|--ignore|--ignore-glob|--lf|--last-failed|--sw|--stepwise|--testmon"),
    ("jest", r"-t|-o|--onlyChanged|--changedSince|--onlyFailures|-f"),
    ("vitest", r"-t|--exclude|--changed"),
    ("mocha", r"-g|-f|-i|--fgrep|--invert|--exclude|--ignore"),
    ("playwright test", r"-g|-gv|--grep-invert|--last-failed|--only-changed"),
    ("cypress run", r"-s|--spec"),
    ("go test", r"-{1,2}(?:run|skip|short)"),
    ("gotestsum", r"-{1,2}(?:run|skip|short)"),
    ("cargo test", "--skip"),
    ("cargo nextest", "-E|--filter-expr|--filterset|--skip"),
    (r"mvnw? .*", "-Dtest|-Dit.test|-Dgroups|-DexcludedGroups|-DskipTests|-DskipITs|-Dmaven.test.skip"),
    (r"gradlew? .*", "--tests|-x"),
    ("ctest", "-R|-E|-L|-LE|-I|--exclude-regex|--tests-regex|--label-exclude|--rerun-failed"),
    ("phpunit", "--filter|--group|--exclude-group|--exclude-filter"),
    ("rspec", "-e|--example|-t|--tag|--only-failures"),
    ("bats", "-f|--filter|--filter-tags"),
    ("dotnet test", "--filter"),
)
"""Runners (as `begins` takes them), and the options of theirs that leave tests out."""
_SELECTING_ANYWHERE = re.compile(
    "--testPathIgnorePatterns?|--testPathPatterns?|--testNamePattern|--grep|--grep-invert|--findRelatedTests|--shard"
)


def selects(words: Words) -> Option | None:
    """The option by which a test runner leaves tests out, or None."""
    for option in _options_of_runner(words):
        if _SELECTING_ANYWHERE.fullmatch(option.name):
            return option
        if begins(words, _PYTEST) and re.fullmatch(r"-m(?:not|.*\bnot)\b.*", f"{option.name} {option.value}"):
            return option
        if any(begins(words, runner) and re.fullmatch(known, option.name) for runner, known in _SELECTING):
            # `gradle -x lint` leaves out what is no test, and `-DskipTests=false` nothing.
            harmless = "test" not in option.value.lower() if option.name == "-x" else option.value.lower() == "false"
            if not harmless:
                return option
    return None


_EMPTY_IS_FINE = re.compile(
    "--passWithNoTests|--pass-with-no-tests|--do-not-fail-on-empty-test-suite|--suppress-no-test-exit-code"
    "|-DfailIfNoTests|-Dsurefire.failIfNoSpecifiedTests|-DfailIfNoSpecifiedTests|--no-tests|--if-present"
)


_HARMLESS = {"-D": {"true", ""}, "--no-tests": {"fail", "error", ""}}


def passes_on_nothing(words: Words) -> Option | None:
    """The option by which a command passes where there is no test, or None."""
    for option in _all_options(words):
        if not _EMPTY_IS_FINE.fullmatch(option.name) or (option.name == "--if-present" and not runs_tests(words)):
            continue
        kind = "-D" if option.name.startswith("-D") else option.name
        if option.value.lower() not in _HARMLESS.get(kind, {"false", "0"}):
            return option
    return None


_HIDING = re.compile(
    "--exit-zero|--no-fail|--ignore-failures|--suppress-exit-code|--continue-on-error|--soft-fail"
    "|--fail-never|-Dmaven.test.failure.ignore|-DtestFailureIgnore|--no-exit-code|--never-fail"
)
_HIDING_BY_LETTER: tuple[tuple[str, str], ...] = (
    (r"mvnw?\b.*", "-fn"),
    ("(?:make|gmake)", "-i|--ignore-errors"),
    ("ruff check", "-e"),
)


def hides_failures(words: Words) -> Option | None:
    """The option by which a command ends well although something failed, or None."""
    for option in _all_options(words):
        if _HIDING.fullmatch(option.name) and option.value.lower() not in {"false", "0", "no"}:
            return option
        if any(begins(words, runner) and re.fullmatch(letters, option.name) for runner, letters in _HIDING_BY_LETTER):
            return option
    return None


_AGAIN = re.compile(
    "--reruns|--retries|--retry|--rerun-fails|-Dsurefire.rerunFailingTestsCount|-Dfailsafe.rerunFailingTestsCount"
    "|--flaky_test_attempts|--force-flaky"
)


def runs_again(words: Words) -> Option | None:
    """The option by which a test runner repeats what failed until it passes, or None."""
    for option in _options_of_runner(words):
        if _AGAIN.fullmatch(option.name) and option.value != "0":
            return option
        if option.name == "--repeat" and option.value.startswith("until-pass") and begins(words, "ctest"):
            return option
    return None


def accepts_no_tests(words: Words) -> bool:
    """Whether a test of ``$?`` lets pytest's exit code for "no tests" (5) through: ``[ $? -eq 5 ]``."""
    bare = [word for word in words if word not in {"[", "]", "[[", "]]", "test", "((", "))"}]
    return (
        words[0] in {"[", "[[", "test"}
        and len(bare) == 3
        and bare[1] in {"-eq", "=", "=="}
        and {bare[0], bare[2]} in ({"$?", "5"}, {"${?}", "5"})
    )


def _options_of_runner(words: Words) -> Iterator[Option]:
    return options_of(words) if runs_tests(words) else iter(())


def _all_options(words: Words) -> Iterator[Option]:
    # Of wrappers only the innermost: the others repeat its words.
    return options_of(words) if len(list(layers(words))) == 1 else iter(())
