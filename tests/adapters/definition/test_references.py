"""References stand where they can be filled in, and name what is there."""

from __future__ import annotations

import pytest

from gatekeeper.model.plan import HttpProbe, Shell
from tests.adapters.definition.definitions import GATES, HEAD, plan_of, problem_of, problems_of, step_of


def test_variables_that_have_no_default_are_named() -> None:
    """Who runs the cycle has to set them."""
    plan = plan_of(
        HEAD
        + "vars: {a: '${env:A}', b: '${env:B:-x}'}\n"
        + "gates: {g: {steps: {s: {run: 'echo ${env:C} ${env:A} $${env:D}', env: {E: '${env:F}'}}}}}\n"
    )
    assert plan.environment == ("A", "C", "F")


def test_a_repos_name_becomes_its_path() -> None:
    """`in:` takes a repo's name, or a folder."""
    assert step_of("run: x, in: back", "repos: {back: {path: /b}}\n").cwd == "${repo.back.path}"
    assert step_of("run: x, in: ./back", "repos: {back: {path: /b}}\n").cwd == "./back"
    assert step_of("run: x, in: '${vars.a}/x'", "vars: {a: b}\n").cwd == "${vars.a}/x"
    assert step_of("run: x").cwd == "."


def test_a_literal_dollar_brace_is_written_with_two_dollars() -> None:
    """What the shell is to fill in is left to it."""
    assert step_of("run: 'echo $${HOME} $HOME'").work == Shell("echo $${HOME} $HOME")
    assert plan_of(HEAD + "title: 'a $${b}'\n" + GATES).title == "a ${b}"


@pytest.mark.parametrize(
    ("written", "message", "hint"),
    [
        ("${vars.ur}", "the variable `ur`", "did you mean `url`?"),
        ("${port.ap}", "no port is called `ap`", "did you mean `api`?"),
        ("${repo.bakend.path}", "no repo is called `bakend`", "did you mean `backend`?"),
        ("${repo.backend}", "not a reference", "write ${repo.backend.path}"),
        ("${url}", "not a reference", "did you mean ${vars.url}?"),
        ("${HOME}", "not a reference", "write ${env:HOME}; or $${HOME}, if the shell is to fill it in"),
        ("${HOME:-/root}", "not a reference", "write ${env:HOME:-/root}; or $${HOME:-/root}, if"),
        ("${env.HOME}", "not a reference", "write ${env:HOME}"),
        ("${var.url}", "not a reference", "did you mean `vars`?"),
        ("${run.time}", "not a reference", "${run.date}"),
        ("${#array[@]}", "not a reference", "$${ is a literal ${"),
        ("${}", "not a reference", "references look like"),
        ("${vars.url", "not closed", "close it with }"),
        ("${vars.{x}}", "not closed", "close it with }"),
        ("${capture.id}", "no step captures `id`", "capture: NAME"),
        ("${matrix.x}", "can't stand here: there is no `matrix`", ""),
    ],
)
def test_a_reference_to_nothing_is_refused(written: str, message: str, hint: str) -> None:
    """The nearest name is offered, and what a shell would have wanted."""
    problem = problem_of(
        HEAD
        + "vars: {url: x}\nports: {api: auto}\nrepos: {backend: {path: .}}\n"
        + f"gates: {{g: {{steps: {{s: {{run: 'echo {written}'}}}}}}}}\n"
    )
    assert (problem.line, problem.column, problem.key) == (6, 30, "gates.g.steps.s.run")
    assert message in problem.message
    assert hint in problem.hint


def test_the_line_inside_a_long_command_is_named() -> None:
    """Nobody wants to count forty lines of script."""
    problem = problem_of(
        HEAD + "gates:\n  g:\n    steps:\n      s:\n        run: |\n          one\n\n            echo ${vars.x}\n"
    )
    assert (problem.line, problem.column) == (10, 13)


@pytest.mark.parametrize(
    ("before", "key"),
    [
        ("repos: {r: {path: '${port.p}'}}", "repos.r.path"),
        ("repos: {r: {path: '${repo.s.path}'}, s: {path: .}}", "repos.r.path"),
        ("repos: {r: {path: '${vars.v}'}}", "repos.r.path"),
        ("log: {file: '${port.p}.md'}", "log.file"),
        ("log: {file: '${capture.p}.md'}", "log.file"),
        ("reading: [{path: '${port.p}'}]", "reading[0].path"),
        ("notify: [{to: '${port.p}', on: red}]", "notify[0].to"),
        ("vars: {w: '${capture.x}'}", "vars.w"),
    ],
)
def test_what_is_not_known_yet_cannot_be_referred_to(before: str, key: str) -> None:
    """Said before the run, not in the middle of it; also through other variables."""
    extra = "" if before.startswith("vars") else "vars: {v: 'http://x:${port.p}'}\n"
    problem = problem_of(HEAD + extra + "ports: {p: auto}\n" + before + "\n" + GATES)
    assert problem.key == key
    assert "can't stand here" in problem.message


def test_variables_that_refer_to_themselves_are_refused() -> None:
    """With the way round."""
    problem = problem_of(HEAD + "vars:\n  a: x\n  b: '${vars.c}'\n  c: '${vars.d}'\n  d: '${vars.b}'\n" + GATES)
    assert (problem.line, problem.message) == (5, "vars.b refers to itself: b → c → d → b")


def test_variables_that_come_to_too_much_are_refused() -> None:
    """Doubling thirty times is a bomb too."""
    doubling = "".join(f"  v{i}: '${{vars.v{i - 1}}}${{vars.v{i - 1}}}'\n" for i in range(1, 31))
    problems = problems_of(HEAD + "vars:\n  v0: xxxxxxxx\n" + doubling + GATES)
    assert any("more than 1 MiB" in problem.message for problem in problems)


@pytest.mark.slow
@pytest.mark.parametrize("turned", [False, True])
def test_variables_that_go_too_deep_are_refused(turned: bool) -> None:
    """In whichever order they are written, and without a stack that overflows."""
    lines = ["  v0: x\n"] + [f"  v{i}: '${{vars.v{i - 1}}}'\n" for i in range(1, 5_000)]
    problems = problems_of(HEAD + "vars:\n" + "".join(reversed(lines) if turned else lines) + GATES)
    assert any("more than 32 other variables" in problem.message for problem in problems)


CAPTURING = "http: POST http://x, expect: {status: 201, json: {$.id: {capture: id}}}"


def test_a_captured_value_is_known_to_what_comes_after() -> None:
    """Later in the gate, in a gate that needs it, in a step that needs it, and in the teardown."""
    plan = plan_of(
        HEAD
        + f"gates:\n  a: {{steps: {{make: {{{CAPTURING}}}, use: {{run: 'echo ${{capture.id}}'}}}}}}\n"
        + "  b: {needs: a, steps: {use: {run: 'echo ${capture.id}'}}}\n"
        + "  c: {needs: b, steps: {use: {run: 'echo ${capture.id}'}}}\n"
        + "  d: {steps: {use: {run: 'echo ${capture.id}', needs: a/make}, then: {run: 'echo ${capture.id}'}}}\n"
        + "teardown: [{run: 'echo ${capture.id}'}]\n"
    )
    assert len(plan.gates) == 4


def test_a_captured_value_is_not_known_to_what_may_come_before() -> None:
    """Otherwise it would be a matter of luck."""
    problems = problems_of(
        HEAD
        + f"gates:\n  a: {{steps: {{use: {{run: 'echo ${{capture.id}}'}}, make: {{{CAPTURING}}}}}}}\n"
        + "  b: {steps: {use: {run: 'echo ${capture.id}'}}}\n"
        + "  c: {steps: {use: {run: 'echo ${capture.idd}'}}}\n"
    )
    assert [(problem.key, problem.hint) for problem in problems] == [
        ("gates.a.steps.use.run", "write `needs: [a/make]`"),
        ("gates.b.steps.use.run", "write `needs: [a/make]`"),
        ("gates.c.steps.use.run", "did you mean `id`?"),
    ]


def test_a_json_path_can_compare_capture_or_both() -> None:
    """A plain value is compared; `equals` and `capture` say what else."""
    work = step_of(
        "http: GET http://x, expect: {json: {$.a: 1.10, $.b: {x: 1}, $.c: {capture: c}, $.d: {equals: '${run.id}', "
        "capture: d}, $.e: null, $.f: {}, \"$['g h'][0]\": yes}}"
    ).work
    assert isinstance(work, HttpProbe)
    assert [tuple(wanted) for wanted in work.expect.json] == [
        ("$.a", "1.10", None),
        ("$.b", '{"x": 1}', None),
        ("$.c", None, "c"),
        ("$.d", '"${run.id}"', "d"),
        ("$.e", "null", None),
        ("$.f", "{}", None),
        ("$['g h'][0]", '"yes"', None),
    ]
