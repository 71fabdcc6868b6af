"""`check` sees evidence that proves nothing (optional, too wide, elsewhere), and tests that lead to production."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.adapters.definition.lint import lint
from gatekeeper.adapters.definition.lint_evidence import MissingBaseline
from gatekeeper.adapters.definition.loading import load
from gatekeeper.model.plan import StepId
from tests.adapters.definition.definitions import HEAD
from tests.adapters.definition.linting import findings


def of_step(tmp_path: Path, body: str, tier: str = "required") -> list[tuple[str, str]]:
    """Rule and key below the step."""
    text = f"{HEAD}gates: {{g: {{tier: {tier}, steps: {{s: {{{body}}}}}}}}}\n"
    return [(found.rule, found.key.removeprefix("gates.g.steps.s.")) for found in findings(tmp_path, text)]


def test_a_required_gate_with_an_optional_report(tmp_path: Path) -> None:
    """It would pass with no evidence; an advisory one may."""
    body = "run: x, report: {junit: reports/*.xml, optional: true}"
    assert of_step(tmp_path, body) == [("report-optional", "report.optional")]
    assert of_step(tmp_path, body, "advisory") == []


def test_a_suite_whose_report_may_be_empty(tmp_path: Path) -> None:
    """Of a suite it says that nothing ran; other commands may have nothing to report."""
    body = "report: {junit: reports/*.xml, allow_empty: true}"
    assert of_step(tmp_path, f"run: pytest, {body}") == [("passes-without-tests", "report.allow_empty")]
    assert of_step(tmp_path, f"run: ./lint, {body}") == []


@pytest.mark.parametrize(
    ("glob", "rule"),
    [
        ("**/*.xml", "wide-report"),
        ("*.xml", "wide-report"),
        ("*/**/*", "wide-report"),
        ("./*.xml", "wide-report"),
        ("/tmp/report.xml", "report-outside-step"),
        ("../reports/*.xml", "report-outside-step"),
        ("a/../../x.xml", "report-outside-step"),
        ("reports/*.xml", None),
        ("**/surefire-reports/*.xml", None),
        ("**/TEST-*.xml", None),
        ("report.xml", None),
        ("a/../x.xml", None),
    ],
)
def test_a_report_that_may_be_anybodys(tmp_path: Path, glob: str, rule: str | None) -> None:
    """What is read as evidence must be this step's."""
    found = of_step(tmp_path, f'run: x, report: {{junit: "{glob}"}}')
    assert found == ([(rule, "report.junit")] if rule else [])


def test_a_rerun_that_nobody_can_fill_in(tmp_path: Path) -> None:
    """Which tests failed is in the report."""
    body = 'run: ./x, rerun: "./x {failed}"'
    assert of_step(tmp_path, body) == [("rerun-without-report", "rerun")]
    assert of_step(tmp_path, f"{body}, report: {{junit: r/x.xml}}") == []


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ("run: pytest, env: {DATABASE_URL: 'postgres://u:pw@prod.db.example.com/app'}", "env.DATABASE_URL"),
        ("run: pytest, env: {DATABASE_URL: 'postgres://u:pw@x.eu.rds.amazonaws.com/app'}", "env.DATABASE_URL"),
        ("run: pytest --url=https://live.example.com/x", "run"),
        ("run: API=https://prod.example.com pytest", "run"),
        ("run: pytest, env: {DATABASE_URL: 'postgres://u:pw@127.0.0.1/app'}", None),
        ("run: pytest, env: {DATABASE_URL: 'postgres://u:pw@test.eu.rds.amazonaws.com/app'}", None),
        ("run: pytest --url=https://product.example.com/x", None),
        ("run: ./deploy, env: {DATABASE_URL: 'postgres://u:pw@prod.db.example.com/app'}", None),
    ],
)
def test_a_suite_that_leads_to_production(tmp_path: Path, body: str, key: str | None) -> None:
    """Told without the value: not even the host is in the message."""
    report = ", report: {junit: r/x.xml}" if "pytest" in body else ""
    found = findings(tmp_path, f"{HEAD}gates: {{g: {{steps: {{s: {{{body}{report}}}}}}}}}\n")
    assert [(one.rule, one.key) for one in found] == ([("production-url", f"gates.g.steps.s.{key}")] if key else [])
    assert not any("pw" in one.message or "example" in one.message for one in found)


def test_a_baseline_that_is_not_there(tmp_path: Path) -> None:
    """Known before anything is run, where somebody has looked; of a matrix for every combination."""
    path = tmp_path / "c.yaml"
    path.write_text(
        f"{HEAD}gates: {{g: {{steps: {{a: {{run: x, report: {{junit: r/x.xml}}, baseline: {{lost_tests: 0}}}},"
        " b: {run: x, report: {junit: r/x.xml}, baseline: {lost_tests: 0}, matrix: {v: [1, 2]}}}}}\n"
    )
    plan = load(str(path), root=str(tmp_path))
    missing = tuple(MissingBaseline(StepId("g", f"b[v={v}]"), f"{v}.json is not there", "run: accept") for v in (1, 2))
    found = lint(str(path), plan, missing=missing)
    assert {(one.rule, one.key, one.hint) for one in found} == {
        ("baseline-missing", "gates.g.steps.b.baseline", "run: accept")
    }
    assert [one.message for one in found] == [f"{v}.json is not there" for v in (1, 2)]
    assert lint(str(path), plan) == ()


def test_every_rule_can_be_silenced_with_a_reason(tmp_path: Path) -> None:
    """By its name, in the step."""
    assert (
        of_step(tmp_path, "run: pytest -k a, report: {junit: r/x.xml}, allow: {selects-tests: the rest is slow}") == []
    )
