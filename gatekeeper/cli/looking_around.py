"""Owns what `gatekeeper check` finds by looking at more than the definition: files that globs name, known patterns.

Nothing is run but git. What can't be told here, such as where a repo lies whose variable nobody set, is no finding.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from gatekeeper.adapters.definition.lint_found import Found
from gatekeeper.adapters.definition.lint_help import FIXER, UNTIL_GREEN
from gatekeeper.adapters.definition.nearest import did_you_mean
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.patterns.registry import known_ids
from gatekeeper.cli.opening import Bound, bind_plan, repo_of
from gatekeeper.cli.writable import writable_by_others
from gatekeeper.model.errors import GatekeeperError
from gatekeeper.model.fixing import FileChange
from gatekeeper.model.plan import FixerSpec, Plan, StepId
from gatekeeper.policy.binding import UnboundReference, fill
from gatekeeper.policy.fixer_order import fixer_step
from gatekeeper.policy.fixer_rules import Allowed, matches

_NO_FILE = "names no file that git keeps or would keep"


def looked_around(root: str, plan: Plan, environ: Mapping[str, str]) -> tuple[Found, ...]:
    """What is dangerous in `plan` beside what there is in the project at `root`."""
    found = list(_unknown_patterns(root, plan))
    ports = {name: "0" for name, _ in plan.ports}
    try:
        bound = bind_plan(plan, root=root, environ=environ, overrides={}, ports=ports, run="", now="")
    except GatekeeperError:
        return tuple(found)
    if any(step.inputs for gate in plan.gates for step in gate.steps):
        found += _unmatched_inputs(root, plan, bound)
    if plan.until_green.fixer is not None:
        found += _of_fixer(root, plan, plan.until_green.fixer, bound)
    return (*found, *writable_by_others(root, plan, bound))


def _unknown_patterns(root: str, plan: Plan) -> Iterator[Found]:
    if not plan.until_green.mitigate:
        return
    known = known_ids(root)
    for number, name in enumerate(plan.until_green.mitigate):
        if name not in known:
            message = f"there is no pattern `{name}`, neither built in nor in gates/patterns/"
            hint = did_you_mean(name, known) if len(known) > 1 else ""
            place: Place = (*UNTIL_GREEN, "mitigate", number)
            yield Found("unknown-pattern", place, 0, message, "" if hint.startswith("known") else hint)


def _unmatched_inputs(root: str, plan: Plan, bound: Bound) -> Iterator[Found]:
    import anyio

    from gatekeeper.adapters.repos.inputs import GitInputs, StepInputs
    from gatekeeper.adapters.repos.reading import BoundRepo, read_tree

    asked: dict[StepId, tuple[Place, str]] = {}
    inputs: list[StepInputs] = []
    for gate in plan.gates:
        for step in gate.steps:
            folder = _folder(step.cwd, root, bound)
            for number, glob in enumerate(step.inputs if folder else ()):
                question = StepId(str(step.id), str(number))
                asked[question] = ("gates", gate.name, "steps", step.name.partition("[")[0], "inputs", number), glob
                inputs.append(StepInputs(question, folder, (glob,), ""))
    tree = read_tree(tuple(BoundRepo(*repo) for repo in bound.repos), bound.leave_out)
    if any(repo.problem for repo in tree.repos):
        return
    told = anyio.run(GitInputs(tuple(inputs)).digests, tree)
    for question, (place, glob) in asked.items():
        if question not in told:
            message = f"`{glob}` {_NO_FILE} in the repos of the cycle, or leads out of them"
            hint = "nobody sees it change, so the step is run again after every change of the tree"
            yield Found("matches-nothing", place, 0, message, hint)


def _of_fixer(root: str, plan: Plan, fixer: FixerSpec, bound: Bound) -> Iterator[Found]:
    from gatekeeper.adapters.repos.tracked import visible

    if not _folder(fixer.cwd, root, bound):
        return
    home = repo_of(fixer_step(fixer), bound, root)
    folder = os.path.realpath(dict(bound.repos)[home])
    files = visible(folder)
    for key, globs in (("scope", fixer.scope), ("protected", fixer.protected)):
        for number, glob in enumerate(globs):
            if files is not None and not any(matches(file, glob) for file in files):
                message = f"`{glob}` {_NO_FILE} in the repo that the fixer works in"
                hint = "it protects nothing" if key == "protected" else "it allows nothing"
                yield Found("matches-nothing", (*FIXER, key, number), 0, message, hint)
    judge = os.path.relpath(os.path.realpath(os.path.join(root, plan.source)), folder)
    change = FileChange(home, judge, judge, "M")
    if fixer.scope and not judge.startswith("../") and not Allowed(home, fixer.scope, fixer.protected).why_not(change):
        message = f"the fixer may change {judge}, by which it is judged"
        hint = f'write `protected: ["{os.path.dirname(judge) or judge}"]`'
        yield Found("scope-judges", (*FIXER, "scope"), 0, message, hint)


def _folder(cwd: str, root: str, bound: Bound) -> str:
    """The folder of a step; empty where it is not known yet."""
    try:
        return os.path.join(root, os.path.expanduser(fill(cwd, bound.context)))
    except UnboundReference:
        return ""
