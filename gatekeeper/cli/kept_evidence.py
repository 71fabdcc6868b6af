"""Owns what can be told of a project's baselines and quarantine without a run: what is missing, what cannot be read."""

from __future__ import annotations

import re

from gatekeeper.adapters.baselines.naming import baseline_file
from gatekeeper.adapters.definition.lint_evidence import MissingBaseline
from gatekeeper.adapters.repos.at_ref import CannotRead, WorkingTree
from gatekeeper.cli.standards import how_to_record, read_recorded
from gatekeeper.model.baseline import BaselineProblem
from gatekeeper.model.errors import DefinitionError, Problem
from gatekeeper.model.plan import Plan, Step
from gatekeeper.policy.judging.needs import RECORD_INSTEAD, needs_baseline_file, why_not_measured

_PLACED = re.compile(r"(?P<file>[^\n]+?):(?P<line>\d+): (?P<message>.*)", re.DOTALL)


def missing_baselines(root: str, plan: Plan) -> tuple[MissingBaseline, ...]:
    """The baselines that steps of `plan` cannot pass without and that are not to be had, in the order of the steps.

    A file that is taken from a ref is not looked for; of what is measured it is told that it cannot be.
    """
    tree = WorkingTree(root)
    missing = {
        step.id: MissingBaseline(
            step.id,
            f"the step is compared with {baseline_file(plan.cycle, step.id)}, which is not there",
            how_to_record(plan.cycle, step.id),
        )
        for step in _compared_here(plan)
        if read_recorded(plan.cycle, step.id, tree) is None
    }
    steps = [step for gate in plan.gates for step in gate.steps]
    for step in steps:
        if step.baseline is not None and step.baseline.measure and (why := why_not_measured(plan, step)):
            said = f"its baseline cannot be measured on {step.baseline.ref}: {why}"
            missing[step.id] = MissingBaseline(step.id, said, RECORD_INSTEAD)
    return tuple(missing[step.id] for step in steps if step.id in missing)


def broken_baselines(root: str, plan: Plan) -> tuple[Problem, ...]:
    """What is wrong with the baselines that are there, one problem a file."""
    tree, problems = WorkingTree(root), []
    for step in _compared_here(plan):
        match read_recorded(plan.cycle, step.id, tree):
            case BaselineProblem(message):
                problems.append(_placed(message, baseline_file(plan.cycle, step.id)))
            case _:
                pass
    return tuple(problems)


def broken_quarantine(root: str) -> tuple[Problem, ...]:
    """What is wrong with the quarantine; nothing where there is none."""
    from gatekeeper.adapters.definition.quarantine import QUARANTINE, read_quarantine

    try:
        content = WorkingTree(root).read(QUARANTINE)
        if content is not None:
            read_quarantine(content, QUARANTINE)
    except CannotRead as fault:
        return (Problem(QUARANTINE, 1, 1, "", str(fault)),)
    except DefinitionError as wrong:
        return wrong.problems
    return ()


def _compared_here(plan: Plan) -> list[Step]:
    steps = (step for gate in plan.gates for step in gate.steps)
    return [step for step in steps if needs_baseline_file(step) and not (step.baseline and step.baseline.ref)]


def _placed(message: str, file: str) -> Problem:
    found = _PLACED.match(message)
    if found is None:
        return Problem(file, 1, 1, "", message)
    return Problem(found["file"], int(found["line"]), 1, "", found["message"])
