"""Owns who knows the inputs of a run's steps. Reads none itself."""

from __future__ import annotations

import os

from gatekeeper.cli.wiring import OpenedRun
from gatekeeper.engine.alone import NoInputs
from gatekeeper.engine.ports import Inputs
from gatekeeper.model.plan import Step
from gatekeeper.policy.binding import UnboundReference, bind_step, fill


def inputs_of(opened: OpenedRun) -> Inputs:
    """Who knows the inputs of the steps that were selected."""
    selected = frozenset(opened.selected)
    steps = [step for gate in opened.plan.gates for step in gate.steps if step.inputs and step.id in selected]
    if not steps:
        return NoInputs()
    from gatekeeper.adapters.repos.inputs import GitInputs, StepInputs

    return GitInputs(
        tuple(StepInputs(step.id, _folder(step, opened), step.inputs, _does(step, opened)) for step in steps)
    )


def _folder(step: Step, opened: OpenedRun) -> str:
    return os.path.join(opened.request.root, os.path.expanduser(fill(step.cwd, opened.bound.context)))


def _does(step: Step, opened: OpenedRun) -> str:
    """All that the definition says of the step, filled in as far as it is known, without a secret in it."""
    try:
        bound = bind_step(step, opened.bound.context)
    except UnboundReference:  # what is captured comes from a step that it needs, and counts with that
        bound = step
    return opened.masker.mask(repr(bound))
