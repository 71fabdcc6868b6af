"""What the tests of definitions share: the least definition there is, and reading one from a text."""

from __future__ import annotations

from textwrap import dedent

from gatekeeper.adapters.definition.reading import read_plan
from gatekeeper.model.errors import DefinitionError, Problem
from gatekeeper.model.plan import Plan, Step

HEAD = "gatekeeper: 1\ncycle: c\n"
GATES = "gates: {g: {steps: {s: {run: x}}}}\n"


def plan_of(text: str | bytes) -> Plan:
    """The plan of a definition."""
    content = text if isinstance(text, bytes) else dedent(text).encode()
    return read_plan(content, source="c.yaml", shown="c.yaml", digest="sha256:0")


def problems_of(text: str | bytes) -> tuple[Problem, ...]:
    """What is wrong with a definition; nothing where it is right."""
    try:
        plan_of(text)
    except DefinitionError as error:
        return error.problems
    return ()


def problem_of(text: str | bytes) -> Problem:
    """The one thing that is wrong with a definition."""
    problems = problems_of(text)
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def step_of(body: str, before: str = "") -> Step:
    """The only step of a definition whose keys are `body`, in flow style."""
    plan = plan_of(f"{HEAD}{before}gates: {{g: {{steps: {{s: {{{body}}}}}}}}}\n")
    return plan.gates[0].steps[0]


def steps_of(plan: Plan) -> dict[str, Step]:
    """All steps of a plan by ``gate/step``."""
    return {str(step.id): step for gate in plan.gates for step in gate.steps}
