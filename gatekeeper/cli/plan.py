"""Owns the command `gatekeeper plan`: what a run would do, as far as it can be known beforehand. Runs nothing."""

from __future__ import annotations

import argparse
import json
import os

from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.project import named_definition, state_folder
from gatekeeper.model.errors import UsageError
from gatekeeper.model.plan import Plan, StepId

_EXAMPLES = """\
examples:
  gatekeeper plan backend-cycle
  gatekeeper plan backend-cycle --set url=http://127.0.0.1:8080 --format json

What is known only in the run (a free port, its id, what a step captures) is shown as the reference that it is.

exit codes:
  0   shown
  2   wrong usage
  78  the definition is wrong
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Show what would run, in order, with effective timeouts. Nothing is run."
    parser.epilog = _EXAMPLES
    parser.add_argument("cycle", nargs="?", metavar="CYCLE", help="name of a definition in gates/")
    parser.add_argument("--file", metavar="PATH", help="a definition that lies elsewhere")
    parser.add_argument("--set", action="append", default=[], metavar="K=V", help="override a variable")
    parser.add_argument("--format", choices=("human", "json"), default="human", help="how to report (default human)")


def main(arguments: argparse.Namespace) -> int:
    """Show the plan; 0."""
    from gatekeeper.cli.preview import preview

    root, path = named_definition(arguments.cycle, arguments.file)
    path = arguments.file or os.path.relpath(path)
    plan = with_variables(_load(path, root), arguments.set)
    shown = preview(plan, os.environ, _proven(plan, root))
    if arguments.format == "json":
        print(json.dumps(shown.as_json(), ensure_ascii=False))
    else:
        from gatekeeper.cli.preview_text import print_preview

        print_preview(shown)
    return OK


def with_variables(plan: Plan, assignments: list[str]) -> Plan:
    """`plan` with variables replaced as ``K=V`` says. Raises `UsageError` for one that it does not have."""
    if not assignments:
        return plan
    variables = dict(plan.vars)
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            raise UsageError(f"--set {assignment}: write it like --set NAME=VALUE")
        if name not in variables:
            from gatekeeper.cli.suggest import did_you_mean

            raise UsageError(f"--set {name}=…: the cycle has no variable {name!r}{did_you_mean(name, variables)}")
        variables[name] = value
    return plan._replace(vars=tuple(variables.items()))


def _proven(plan: Plan, root: str | None) -> frozenset[StepId]:
    from gatekeeper.cli.proofs import is_proven
    from gatekeeper.policy.proofs import declaring

    if root is None:
        return frozenset()
    state = state_folder(root)
    return frozenset(step.id for step in declaring(plan) if is_proven(plan.cycle, step, root, state))


def _load(path: str, root: str | None) -> Plan:
    if root is None:
        # No project, no memory: looking at a file must not leave a folder beside it.
        from gatekeeper.adapters.definition.loading import load

        return load(path, root=os.getcwd())
    from gatekeeper.adapters.definition.cache import load_cached

    return load_cached(path, root=root, cache=os.path.join(state_folder(root), "cache"))
