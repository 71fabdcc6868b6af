"""Owns which steps of a cycle a `gatekeeper baseline` command is about."""

from __future__ import annotations

import os
from collections.abc import Sequence

from gatekeeper.adapters.definition.cache import load_cached
from gatekeeper.cli.project import definition_path, require_root, state_folder
from gatekeeper.model.errors import UsageError
from gatekeeper.model.plan import Plan, Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.judging.needs import is_measured, needs_baseline, needs_baseline_file


class Asked(NamedTuple):
    """A project, one of its cycles, and the steps that were asked for."""

    root: str
    state: str
    plan: Plan
    steps: tuple[Step, ...]


def asked_for(cycle: str, names: Sequence[str], *, to_record: bool) -> Asked:
    """The steps that `names` mean (``gate``, ``gate/step``), or all that are compared with a baseline.

    With `to_record` those of which a baseline can be recorded.

    Raises:
        UsageError: there is no such cycle or step, none is compared with anything, or one is measured instead.
        DefinitionError: the definition is wrong.
    """
    root = require_root(os.getcwd())
    state = state_folder(root)
    path = definition_path(root, cycle)
    plan = load_cached(path, root=root, cache=os.path.join(state, "cache"))
    every = [step for gate in plan.gates for step in gate.steps]
    wanted = needs_baseline_file if to_record else needs_baseline
    if not names:
        steps = [step for step in every if wanted(step)]
        if not steps:
            if any(is_measured(step) for step in every):
                raise UsageError(f"no step of {cycle} records a baseline: it is measured on a ref by each run")
            hint = "write `baseline: {}` beside the `report:` of a step; see runbooks/baselines.md"
            raise UsageError(f"no step of {cycle} is compared with a baseline: {hint}")
        return Asked(root, state, plan, tuple(steps))
    chosen: dict[str, Step] = {}
    for name in names:
        # As `run --only` takes it: a matrix step without its combination stands for all of them.
        meant = [step for step in every if name in (str(step.id), str(step.id).partition("[")[0], step.gate)]
        if not meant:
            from gatekeeper.cli.suggest import did_you_mean

            known = [str(step.id) for step in every]
            raise UsageError(f"--step {name}: {cycle} has no such gate or step{did_you_mean(name, known)}")
        chosen |= {str(step.id): step for step in meant if wanted(step) or name != step.gate}
    for step in chosen.values():
        _require_evidence(step, to_record=to_record)
    if not chosen:
        raise UsageError(f"no step of {', '.join(names)} is compared with a recorded baseline")
    return Asked(root, state, plan, tuple(chosen.values()))


def _require_evidence(step: Step, *, to_record: bool) -> None:
    if to_record and is_measured(step) and step.baseline is not None:
        raise UsageError(f"--step {step.id}: its baseline is measured on {step.baseline.ref}, and is not recorded")
    if step.report is None and step.coverage is None and not step.metrics:
        raise UsageError(f"--step {step.id}: it has no report, no coverage and no numbers to be compared")
