"""Owns having the Python programs of a plan's steps look for code in some folders first. Runs nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence

from gatekeeper.model.plan import Gate, Plan, Step

PYTHONPATH = "PYTHONPATH"


def importing(plan: Plan, folders: Sequence[str], inherited: str = "") -> Plan:
    """`plan`, whose steps have `folders` in front of their ``PYTHONPATH``: their own, or else the `inherited` one.

    What an environment is told of editable installs comes after that.
    """
    if not folders:
        return plan
    literal = [folder.replace("${", "$${") for folder in folders]
    return plan._replace(gates=tuple(_gate(gate, literal, inherited.replace("${", "$${")) for gate in plan.gates))


def _gate(gate: Gate, folders: list[str], inherited: str) -> Gate:
    return gate._replace(steps=tuple(_step(step, folders, inherited) for step in gate.steps))


def _step(step: Step, folders: list[str], inherited: str) -> Step:
    env = dict(step.env)
    before = env.get(PYTHONPATH, inherited)
    env[PYTHONPATH] = os.pathsep.join([*folders, *([before] if before else [])])
    return step._replace(env=tuple(env.items()))
