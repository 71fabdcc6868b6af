"""Owns who knows the inputs of a run's steps. Reads none itself."""

from __future__ import annotations

import os
from contextlib import suppress

from gatekeeper.adapters.repos.inputs import GitInputs, StepInputs
from gatekeeper.cli.wiring import OpenedRun
from gatekeeper.engine.ports import Inputs
from gatekeeper.model.plan import Step
from gatekeeper.policy.binding import Context, UnboundReference, bind_step, fill


def inputs_of(opened: OpenedRun) -> Inputs:
    """Who knows the inputs of the steps that were selected."""
    selected = frozenset(opened.selected)
    steps = [step for gate in opened.plan.gates for step in gate.steps if step.inputs and step.id in selected]
    context = _without_secrets(opened)
    root = opened.request.root
    found = []
    for step in steps:
        with suppress(UnboundReference):  # where it will run comes out in the run: nothing can be told of it
            folder = os.path.join(root, os.path.expanduser(fill(step.cwd, opened.bound.context)))
            found.append(StepInputs(step.id, folder, step.inputs, repr(_bound(step, context))))
    return GitInputs(tuple(found))


def _without_secrets(opened: OpenedRun) -> Context:
    """The run's context with names in the place of secrets: what is short could be found from a digest by trying."""
    context = opened.bound.context
    hidden = {name: f"the secret {name}" for name in opened.plan.secrets if name in context.environ}
    return context._replace(environ={**context.environ, **hidden})


def _bound(step: Step, context: Context) -> Step:
    """All that the definition says of the step, filled in as far as it is known."""
    try:
        return bind_step(step, context)
    except UnboundReference:  # what is captured comes from a step that it needs, and counts with that
        return step
