"""Owns what `gatekeeper check` finds in the templates of a cycle's log. None of them is rendered."""

from __future__ import annotations

import os
from collections.abc import Mapping

from gatekeeper.cli.opening import bind_plan, problem_at
from gatekeeper.model.errors import GatekeeperError, Problem
from gatekeeper.model.plan import Plan


def broken_templates(root: str, plan: Plan, environ: Mapping[str, str]) -> tuple[Problem, ...]:
    """What is wrong with the templates of `plan`, and, told of the definition, with the folder that they are in.

    Where the folder lies cannot always be told: a variable is not set. Then nothing is.
    """
    if plan.log is None or not plan.log.templates:
        return ()
    ports = {name: "0" for name, _ in plan.ports}
    try:
        folder = bind_plan(plan, root=root, environ=environ, overrides={}, ports=ports, run="", now="").log_templates
    except GatekeeperError:
        return ()
    from gatekeeper.adapters.executionlog.templates import wrong_templates

    return tuple(
        Problem(os.path.join(folder, name), max(line, 1), 1, "", message)
        if name
        else problem_at(plan, plan.log.templates, message, "")._replace(key="log.templates")
        for name, line, message in wrong_templates(folder)
    )
