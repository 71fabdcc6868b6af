"""`check` tells what is allowed and dangerous; what only looks like it is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.definition.definitions import HEAD
from tests.adapters.definition.linting import findings, rules


@pytest.mark.parametrize(
    "script",
    [
        "make lint || true",
        "make lint || :",
        "make lint||true",
        "(make lint || true)",
        "make lint ||\n  true",
        "make lint || exit 0",
        "make lint || /bin/true",
        "make lint; true",
        "if make lint || true; then echo; fi",
        "a && b || true # comment",
    ],
)
def test_a_failure_that_is_swallowed(tmp_path: Path, script: str) -> None:
    """Green would mean nothing."""
    assert rules(tmp_path, script) == ["swallowed-failure"]


@pytest.mark.parametrize(
    "script",
    [
        "echo 'make || true'",
        'echo "make || true"',
        "echo x # make || true",
        "cat <<EOF\nmake || true\nEOF",
        "cat <<-'EOF'\n\tmake || true\n\tEOF",
        "make || false",
        "make || exit 1",
        "make || truely",
        "make || echo true",
        "true",
        "while true; do break; done",
        r"echo \|\| true",
        "echo $(make || true)",
        "make && true",
        "x=true; echo $x",
        "cat <<<'a || true'",
    ],
)
def test_what_only_looks_like_swallowing(tmp_path: Path, script: str) -> None:
    """Quotes, comments, here-documents, other words."""
    assert rules(tmp_path, script) == []


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("set +e", True),
        ("set +eu", True),
        ("set +o errexit", True),
        ("set +o pipefail", True),
        ("set -x +e", True),
        ("set -e", False),
        ("set +x", False),
        ("set -- +x", False),
        ("echo set +e", False),
        ("echo 'set +e'", False),
    ],
)
def test_errors_that_are_turned_off(tmp_path: Path, script: str, found: bool) -> None:
    """The script would go on, and pass."""
    assert rules(tmp_path, script) == (["errors-off"] if found else [])


def test_a_suite_with_a_report_is_fine(tmp_path: Path) -> None:
    """Counted, not believed."""
    assert rules(tmp_path, "pytest", "        report: {junit: x.xml}\n") == []


def test_a_step_of_a_suites_class_wants_a_report(tmp_path: Path) -> None:
    """Whatever its command is called."""
    text = HEAD + "classes: {suite: {timeout: 1m..2m}}\ngates: {g: {steps: {s: {run: ./go, class: suite}}}}\n"
    (found,) = findings(tmp_path, text)
    assert (found.rule, found.line, found.column, found.key) == (
        "suite-without-report",
        4,
        43,
        "gates.g.steps.s.class",
    )


@pytest.mark.parametrize(
    ("body", "rule", "key"),
    [
        ("run: x, timeout: 1m, quiet: 60s", "quiet-beyond-timeout", "quiet"),
        ("run: x, timeout: 1m, ready: {file: y, within: 2m}", "inner-timeout-beyond-hard", "ready.within"),
        ("http: GET http://x, timeout: 1s, expect: {within: 2s}", "inner-timeout-beyond-hard", "expect.within"),
        ("run: timeout 900 ./x, timeout: 1m", "inner-timeout-beyond-hard", "run"),
        ("run: timeout -k 5 15m ./x, timeout: 1m", "inner-timeout-beyond-hard", "run"),
    ],
)
def test_a_time_that_cannot_come_before_the_hard_timeout(tmp_path: Path, body: str, rule: str, key: str) -> None:
    """It would never be what ends the step."""
    (found,) = findings(tmp_path, f"{HEAD}gates: {{g: {{steps: {{s: {{{body}}}}}}}}}\n")
    assert (found.rule, found.key) == (rule, f"gates.g.steps.s.{key}")


@pytest.mark.parametrize("limit", ["memory: 8MiB", "processes: 2", "open_files: 5"])
def test_a_limit_in_which_nothing_can_run(tmp_path: Path, limit: str) -> None:
    """It would end every step that has it."""
    (found,) = findings(tmp_path, f"{HEAD}gates: {{g: {{steps: {{s: {{run: x, limits: {{{limit}}}}}}}}}}}\n")
    assert (found.rule, found.key) == ("tight-limit", f"gates.g.steps.s.limits.{limit.partition(':')[0]}")


def test_inner_times_that_come_first_are_fine(tmp_path: Path) -> None:
    """Shorter is what they are for."""
    text = f"{HEAD}gates: {{g: {{steps: {{s: {{run: timeout 50 ./x, timeout: 1m, quiet: 30s}}}}}}}}\n"
    assert findings(tmp_path, text) == ()


def test_a_finding_in_a_long_script_names_its_line(tmp_path: Path) -> None:
    """Line and column of the command, not of the step."""
    text = HEAD + "gates:\n  g:\n    steps:\n      s:\n        run: |\n          one\n            two || true\n"
    (found,) = findings(tmp_path, text)
    assert (found.line, found.column) == (9, 13)


def test_a_command_without_a_shell_is_looked_at_too(tmp_path: Path) -> None:
    """Also the script that it gives to a shell; its words are no operators."""
    text = (
        HEAD + "gates: {g: {steps: {a: {run: [bash, -c, 'x || true']}, b: {run: [npx, tsc, --watch]}, "
        "c: {run: [echo, '||', 'true']}}}}\n"
    )
    assert [(found.rule, found.key) for found in findings(tmp_path, text)] == [
        ("swallowed-failure", "gates.g.steps.a.run[2]"),
        ("watch-mode", "gates.g.steps.b.run"),
    ]


def test_defaults_and_variables_are_looked_through(tmp_path: Path) -> None:
    """What would run by default is what is looked at."""
    text = HEAD + "vars: {t: '${env:CMD:-npm start}'}\ngates: {g: {steps: {s: {run: '${vars.t}'}}}}\n"
    assert [found.rule for found in findings(tmp_path, text)] == ["server-without-keep"]


def test_a_matrix_and_the_teardown_are_looked_at_once(tmp_path: Path) -> None:
    """Three combinations, one finding."""
    text = (
        HEAD + "gates: {g: {steps: {s: {run: 'x || true', matrix: {a: [1, 2, 3]}}}}}\nteardown: [{run: 'y || true'}]\n"
    )
    assert [found.key for found in findings(tmp_path, text)] == ["gates.g.steps.s.run", "teardown[0].run"]


def test_what_is_meant_can_be_said_so(tmp_path: Path) -> None:
    """With a reason; and a reason for nothing is told."""
    text = (
        HEAD + "gates: {g: {steps: {s: {run: 'x || true', allow: {swallowed-failure: it is optional}},"
        " t: {run: x, allow: {asks: no reason}}}}}\n"
    )
    (found,) = findings(tmp_path, text)
    assert (found.rule, found.key) == ("idle-allow", "gates.g.steps.t.allow.asks")


def test_a_cycle_that_is_called_otherwise_than_its_file(tmp_path: Path) -> None:
    """`run NAME` takes the file's name, the log has the cycle's."""
    (found,) = findings(tmp_path, HEAD + "gates: {g: {steps: {s: {run: x}}}}\n", "gates/other.yaml")
    assert (found.rule, found.line, found.column) == ("cycle-name", 2, 8)
