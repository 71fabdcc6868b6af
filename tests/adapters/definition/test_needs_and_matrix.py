"""`needs` names steps and gates and never goes in a circle; a matrix makes many steps of one."""

from __future__ import annotations

import pytest

from gatekeeper.model.plan import Argv, HttpProbe, Shell
from tests.adapters.definition.definitions import HEAD, plan_of, problem_of, problems_of, steps_of


def gates(text: str) -> str:
    return f"{HEAD}gates:\n{text}"


def needs_of(text: str) -> dict[str, list[str]]:
    return {name: list(map(str, step.needs)) for name, step in steps_of(plan_of(gates(text))).items()}


def test_needs_name_siblings_steps_elsewhere_and_whole_gates() -> None:
    """A sibling goes before a gate of the same name."""
    found = needs_of(
        "  a: {steps: {x: {run: x}, y: {run: x, needs: x}}}\n"
        "  b: {needs: [a], steps: {a: {run: x}, z: {run: x, needs: [a, a/y]}}}\n"
        "  c: {steps: {w: {run: x, needs: [b, a/x]}}}\n"
    )
    assert found == {
        "a/x": [],
        "a/y": ["a/x"],
        "b/a": [],
        "b/z": ["b/a", "a/y"],
        "c/w": ["b/a", "b/z", "a/x"],
    }


def test_a_matrix_is_needed_as_a_whole_or_by_one_combination() -> None:
    """The base name means all."""
    found = needs_of(
        "  a:\n    steps:\n"
        "      t: {run: x, matrix: {p: [1, 2], os: [l]}}\n"
        "      all: {run: x, needs: t}\n"
        "      one: {run: x, needs: 't[p=2,os=l]'}\n"
        "      same: {run: x, matrix: {q: [1, 2]}, needs: 't[p=${matrix.q},os=l]'}\n"
        "  b: {steps: {far: {run: x, needs: 'a/t[p=1,os=l]'}}}\n"
    )
    assert found["a/all"] == ["a/t[p=1,os=l]", "a/t[p=2,os=l]"]
    assert found["a/one"] == ["a/t[p=2,os=l]"]
    assert found["a/same[q=1]"] == ["a/t[p=1,os=l]"]
    assert found["a/same[q=2]"] == ["a/t[p=2,os=l]"]
    assert found["b/far"] == ["a/t[p=1,os=l]"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("  a: {steps: {x: {run: x}, y: {run: x, needs: [⟶xx]}}}", "did you mean `x`?"),
        ("  a: {steps: {x: {run: x, needs: [⟶y]}, y: {run: x}}}", "write `y` before `x`"),
        ("  a: {steps: {x: {run: x, needs: [⟶x]}}}", "needs itself"),
        ("  a: {steps: {x: {run: x, needs: [⟶a]}}}", "the gate it is in"),
        ("  a: {needs: [⟶a], steps: {x: {run: x}}}", "needs itself"),
        ("  a: {needs: [⟶b], steps: {x: {run: x}}}", "no gate is called `b`"),
        ("  a: {needs: [⟶b/x], steps: {x: {run: x}}}", "and `b/x` is a step"),
        ("  a: {steps: {x: {run: x, needs: [⟶b/x]}}}", "no gate is called `b`"),
        ("  a: {steps: {x: {run: x}, y: {run: x, needs: [⟶a/xx]}}}", "did you mean `a/x`?"),
        ("  a: {steps: {t: {run: x, matrix: {p: [1]}}, y: {run: x, needs: [⟶'t[p=2]']}}}", "`t[p=1]`"),
        ("  a: {steps: {t: {run: x, matrix: {p: [1, 2]}, needs: [⟶'t[p=1]']}}}", "needs itself"),
    ],
)  # fmt: skip
def test_a_need_of_nothing_is_refused(text: str, says: str) -> None:
    """With its place and the nearest name."""
    problem = problem_of(gates(text.replace("⟶", "") + "\n"))
    assert (problem.line, problem.column) == (4, text.index("⟶") + 1), str(problem)
    assert says in f"{problem.message} {problem.hint}"


@pytest.mark.parametrize(
    ("text", "way"),
    [
        (
            (
                "  a: {needs: b, steps: {x: {run: x}}}\n  b: {needs: c, steps: {x: {run: x}}}\n"
                "  c: {needs: a, steps: {x: {run: x}}}\n"
            ),
            "a → b → c → a",
        ),
        (
            "  a: {steps: {x: {run: x, needs: b/x}}}\n  b: {steps: {x: {run: x, needs: a/x}}}\n",
            "a/x → b/x → a/x",
        ),
        (  # Nothing here needs what needs it: the order inside the gates closes the circle.
            (
                "  a: {steps: {x: {run: x, needs: b/z}, y: {run: x}}}\n"
                "  b: {steps: {x: {run: x, needs: a/y}, z: {run: x}}}\n"
            ),
            "a/x → b/z → b/x → a/y → a/x",
        ),
        ("  a: {steps: {x: {run: x, needs: b}}}\n  b: {needs: a, steps: {x: {run: x}}}\n", "a → a/x → b → a"),
    ],
)
def test_a_circle_is_told_with_the_way_round(text: str, way: str) -> None:
    """Also where it goes through the order in which steps are written."""
    problem = problem_of(gates(text))
    turns = way.split(" → ")[:-1]
    said = problem.message.removeprefix("`needs` goes in a circle: ").split(" → ")[:-1]
    assert any(said == turns[i:] + turns[:i] for i in range(len(turns))), problem.message
    assert problem.key.startswith("gates.")
    assert "needs" in problem.key


@pytest.mark.slow
def test_a_long_row_is_no_circle() -> None:
    """Ten thousand in a row overflow no stack."""
    steps = "".join(f"      s{i}: {{run: x, needs: [s{i - 1}]}}\n" for i in range(1, 5_000))
    assert len(plan_of(gates("  g:\n    steps:\n      s0: {run: x}\n" + steps)).gates[0].steps) == 5_000


def test_needs_that_multiply_are_bounded() -> None:
    """A thousand steps that each need a thousand are better said by gates."""
    many = ", ".join(map(str, range(1_000)))
    problem = problem_of(
        gates(
            f"  g:\n    steps:\n      a: {{run: x, matrix: {{p: [{many}]}}}}\n"
            f"      b: {{run: x, needs: a, matrix: {{p: [{many}]}}}}\n"
        )
    )
    assert "let the gate need the gate" in problem.hint


def test_a_matrix_fills_in_its_values_everywhere() -> None:
    """Each place in its own way: quoted for the shell, escaped in JSON, as it is elsewhere."""
    plan = plan_of(
        gates(
            "  g:\n    steps:\n"
            '      run:\n        run: echo ${matrix.v} "<${matrix.v}>" ${vars.x} $${matrix.v}\n'
            "        in: d/${matrix.v}\n        env: {A: 'x${matrix.v}'}\n        keep: 's-${matrix.n}'\n"
            "        report: {junit: 'r/${matrix.n}.xml'}\n        artifacts: ['${matrix.n}/**']\n"
            "        inputs: 'src/${matrix.n}/*'\n        if: {branch: 'b-${matrix.n}'}\n"
            "        ready: {tcp: 'h${matrix.n}:80', within: 5s}\n"
            '        matrix: {v: ["a\'b c"], n: [7]}\n'
            "      list: {run: [echo, '${matrix.v}'], matrix: {v: ['a b']}}\n"
            "      whole: {run: '${matrix.command}', matrix: {command: [make lint, make test]}}\n"
            "      ask:\n        http: 'GET http://x/${matrix.v}'\n        json: {v: 'q${matrix.v}'}\n"
            "        expect: {json: {$.v: '${matrix.v}'}}\n        matrix: {v: ['a\"b']}\n"
            "vars: {x: y}\n"
        )
    )
    first, second, third, fourth, fifth = plan.gates[0].steps
    assert first.name == "run[v=a'b c,n=7]"
    assert first.matrix == (("v", "a'b c"), ("n", "7"))
    assert first.work == Shell("echo 'a'\"'\"'b c' \"<a'b c>\" ${vars.x} $${matrix.v}")
    assert (first.cwd, first.env, first.keep) == ("d/a'b c", (("A", "xa'b c"),), "s-7")
    assert first.report is not None
    assert first.report.globs == ("r/7.xml",)
    assert (first.artifacts, first.inputs) == (("7/**",), ("src/7/*",))
    assert first.condition is not None
    assert first.condition.branch == ("b-7",)
    assert first.ready is not None
    assert first.ready.probe[0] == "h7:80"
    assert second.work == Argv(("echo", "a b"))
    assert (third.work, fourth.work) == (Shell("make lint"), Shell("make test"))
    assert isinstance(fifth.work, HttpProbe)
    assert fifth.work.json == '{"v": "qa\\"b"}'
    assert fifth.work.expect.json[0].equals == '"a\\"b"'


def test_the_last_dimension_turns_fastest() -> None:
    """The order is the one that is read."""
    plan = plan_of(gates("  g: {steps: {s: {run: x, matrix: {a: [1, 2], b: [x, y]}}}}\n"))
    assert [step.name for step in plan.gates[0].steps] == ["s[a=1,b=x]", "s[a=1,b=y]", "s[a=2,b=x]", "s[a=2,b=y]"]


def test_a_value_that_cannot_be_quoted_where_it_stands_is_refused() -> None:
    """Inside backquotes no quoting is certain."""
    problem = problem_of(gates("  g: {steps: {s: {run: 'echo `ls ${matrix.v}`', matrix: {v: ['a; b']}}}}\n"))
    assert problem.key == "gates.g.steps.s.run"
    assert "env:" in problem.hint


def test_the_number_of_combinations_is_bounded() -> None:
    """Three hundred by three hundred are refused, and at once."""
    values = ", ".join(map(str, range(300)))
    problem = problem_of(gates(f"  g: {{steps: {{s: {{run: x, matrix: {{a: [{values}], b: [{values}]}}}}}}}}\n"))
    assert "more than 20,000 steps" in problem.message


def test_a_name_that_would_be_too_long_is_refused() -> None:
    """Names become names of files."""
    problem = problem_of(gates(f"  g: {{steps: {{s: {{run: x, matrix: {{a: [{'v' * 200}]}}}}}}}}\n"))
    assert "characters" in problem.message


def test_each_combination_may_keep_a_service_of_its_own() -> None:
    """The same name for all of them would be fought over."""
    ok = "  g: {steps: {s: {run: x, keep: 'k-${matrix.a}', matrix: {a: [1, 2]}}}}\n"
    assert [step.keep for step in plan_of(gates(ok)).gates[0].steps] == ["k-1", "k-2"]
    assert [p.key for p in problems_of(gates(ok.replace("k-${matrix.a}", "k")))] == ["gates.g.steps.s.keep"]
