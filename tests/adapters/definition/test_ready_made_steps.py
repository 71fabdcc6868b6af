"""A step may be ready-made: checked when it is read, shown in one line, never mixed with what commands have."""

from __future__ import annotations

import json

import pytest

from gatekeeper.adapters.definition.codec import decode_plan, encode_plan
from gatekeeper.model.demands import ReportSpec
from gatekeeper.model.plan import ReadyMade, Step
from gatekeeper.policy.binding import Context, bind_step
from gatekeeper.policy.describe import command_line, work_line
from tests.adapters.definition.definitions import HEAD, plan_of, problem_of, step_of

PYTHON = 'python: {files: "src/**/*.py", imports: [shop, shop.api]}'
DOCS = (
    'docs: {files: "docs/**/*.md", forbidden: [{text: master, reason: it is main}],'
    " required: [{file: [a.md, b.md], pattern: '^v[0-9]+'}]}"
)
OPENAPI = 'openapi: {base: "origin/main:api.yaml", head: api.yaml}'
ENVIRONMENT = "environment: {required: [A], refuse_production: [DATABASE_URL]}"


def options(step: Step) -> dict[str, object]:
    assert isinstance(step.work, ReadyMade)
    found = json.loads(step.work.options)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (PYTHON, "python: src/**/*.py compile; shop, shop.api import"),
        (DOCS, "docs: docs/**/*.md without 'master'; a.md, b.md with /^v[0-9]+/, /^v[0-9]+/"),
        (OPENAPI, "openapi: api.yaml keeps what origin/main:api.yaml promises"),
        (ENVIRONMENT, "environment: A set; DATABASE_URL not production"),
        ("python: {imports: [a, b, c, d, e]}", "python: a, b, c and 2 more import"),
    ],
)
def test_one_line_says_what_it_checks(body: str, line: str) -> None:
    """As a plan and a log show it. It is no command that one could type."""
    step = step_of(body)
    assert work_line(step.work) == line
    assert command_line(step.work) is None


def test_it_has_a_report_of_its_own() -> None:
    """So that counts, baselines and quarantine work; where it lies is not for the definition to say."""
    step = step_of(f"{PYTHON}, baseline: {{lost_tests: 0}}, env: {{PYTHONPATH: src}}, quiet: 1m")
    assert step.report == ReportSpec("ctrf", ())
    assert step.baseline is not None
    assert step.baseline.compares


def test_a_plan_that_was_kept_is_the_same() -> None:
    """Also with references that are filled in later."""
    plan = plan_of(f"{HEAD}gates: {{g: {{steps: {{a: {{{PYTHON}}}, b: {{{DOCS}}}, c: {{{OPENAPI}}}}}}}}}\n")
    assert decode_plan(encode_plan(plan)) == plan


def test_references_and_matrices_are_filled_in() -> None:
    """Whatever the value holds: it stays inside its text."""
    step = step_of('openapi: {base: "${env:BASE:-main}:api.yaml", head: "${vars.head}"}', "vars: {head: 'a\"b.yaml'}\n")
    context = Context(vars={"head": 'a"b.yaml'}, environ={})
    assert options(bind_step(step, context)) == {"base": "main:api.yaml", "head": 'a"b.yaml', "tool": "auto"}
    one, two = (
        plan_of(
            f"{HEAD}gates: {{g: {{steps: {{s: {{matrix: {{m: ['a\"', b]}}, "
            'docs: {required: [{file: "${matrix.m}.md", text: x}]}}}}}\n'
        )
        .gates[0]
        .steps
    )
    assert [options(step)["required"][0]["file"] for step in (one, two)] == ['a".md', "b.md"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("python: {}", "this checks nothing"),
        ("python: {imports: [a-b]}", "'a-b' is not the name of a module"),
        ("docs: {}", "this checks nothing"),
        ("docs: {forbidden: [{text: a}]}", "there are no `files` to look into"),
        ("docs: {files: a.md, required: [{file: a, text: b}]}", "nothing is forbidden in these files"),
        ("docs: {files: a.md, forbidden: [{reason: b}]}", "a rule has a `text` or a `pattern`, one of them"),
        ("docs: {files: a.md, forbidden: [{text: a, pattern: b}]}", "a rule has a `text` or a `pattern`, one of them"),
        ("docs: {files: a.md, forbidden: [{pattern: '('}]}", "this is no regular expression"),
        ("docs: {files: a.md, forbidden: [{pattern: 'a*'}]}", "the pattern matches an empty text"),
        ("docs: {required: [{text: a}]}", "has no `file`"),
        ("openapi: {head: a}", "`openapi` has no `base`"),
        ("openapi: {base: a, head: b, tool: diff}", "one of `auto`, `oasdiff`, `own`"),
        ("environment: {}", "this checks nothing"),
        ("environment: {API_URL: x}", "`environment` checks variables, and this sets them"),
        ("environment: {required: [a b]}", "'a b' is not a name"),
        (f"{PYTHON}, run: x", "a step does one thing"),
        (f"{PYTHON}, report: {{junit: x}}", "`report` has a meaning for commands only"),
        (f"{PYTHON}, keep: x", "`keep` has a meaning for commands only"),
        (f"{PYTHON}, expect: {{status: 200}}", "`expect` belongs to `http`, not to `python`"),
    ],
)
def test_what_makes_no_sense_is_refused(body: str, message: str) -> None:
    """Where it stands, in words."""
    problem = problem_of(f"{HEAD}gates: {{g: {{steps: {{s: {{{body}}}}}}}}}\n")
    assert message in problem.message


def test_the_teardown_checks_nothing() -> None:
    """It ends what was begun; what it found would change no verdict."""
    problem = problem_of(f"{HEAD}gates: {{g: {{steps: {{s: {{run: x}}}}}}}}\nteardown: [{{{PYTHON}, run: x}}]\n")
    assert problem.message == "`python` is not a key that is known here"
