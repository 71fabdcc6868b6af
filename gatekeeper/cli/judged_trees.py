"""Owns what the verdict of a cycle on a tree belongs to, keeping it when a run ends, and finding it again."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from gatekeeper.adapters.definition.cache import load_cached
from gatekeeper.adapters.repos.at_ref import AtRef, CannotRead
from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.contents import contents
from gatekeeper.adapters.repos.reading import BoundRepo, read_tree
from gatekeeper.adapters.verdicts.keeping import find_verdict, keep_verdict
from gatekeeper.cli.opening import Bound, bind_plan, require_environment
from gatekeeper.cli.project import definition_path, state_folder
from gatekeeper.cli.scratch_place import top_of
from gatekeeper.cli.surroundings import surroundings_of
from gatekeeper.model.errors import EnvironmentFault
from gatekeeper.model.events import RunFinished
from gatekeeper.model.plan import Plan
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree_verdict import Subject, TreeVerdict
from gatekeeper.policy.tree_verdicts import Standing, is_kept, standing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.cli.wiring import OpenedRun

WITHIN_S = 30.0
_ANY_DAY = "????-??-??"
_ANY_RUN = "*"


class Question(NamedTuple):
    """A cycle of the project at `root`, on the commit `at`; empty is the working tree as it lies there.

    `judge_by` is the ref whose definition counts; empty is that of the tree itself.
    """

    root: str
    cycle: str
    at: str = ""
    judge_by: str = ""


class Answer(NamedTuple):
    """What is known; `commit` is the one that was asked about, empty for the working tree."""

    cycle: str
    commit: str
    standing: Standing
    reuse_s: float


def ask_verdict(question: Question, now: str) -> Answer:
    """The verdict that is kept of a cycle on a tree. Starts nothing but git, and changes nothing.

    Raises:
        UsageError: there is no such cycle.
        DefinitionError: its definition is wrong, or a value is missing.
        CannotRead: the commit is not there, or a repo of the cycle cannot be read.
    """
    root, at = question.root, question.at
    path = os.path.join(root, "gates", f"{question.cycle}.yaml")
    judging = AtRef(root, question.judge_by) if question.judge_by else None
    here = AtRef(root, at) if at else None
    source = judging or here
    content = source.read(os.path.relpath(path, root)) if source is not None else None
    if source is None:
        path = definition_path(root, question.cycle)
    elif content is None:
        raise CannotRead(f"there is no {os.path.relpath(path, root)} at {source.origin}")
    plan = load_cached(path, root=root, cache=os.path.join(state_folder(root), "cache"), content=content)
    require_environment(plan, os.environ)
    bound = _at_any_time(plan, root, {})
    rev = here.commit if here else ""
    subject = _subject(plan, bound, _inside(bound, root, rev), judging.commit if judging else "")
    found = find_verdict(state_folder(root), subject)
    return Answer(plan.cycle, rev, standing(found, now=now, reuse_s=plan.reuse_s), plan.reuse_s)


def keep_of_run(opened: OpenedRun, finished: RunFinished) -> None:
    """Keep the verdict of a run that has ended, where it speaks of one tree that can be named again. Never raises."""
    if not is_kept(finished):
        return
    request, placement = opened.request, opened.request.placement
    clean = all(repo.clean and repo.commit for repo in finished.repos)
    if placement is not None and not clean:
        return  # what steps left in the worktree is not in the commit
    root = placement.home if placement is not None else request.root
    try:
        plan = opened.plan if placement is None else _as_written(opened, root)
        bound = _at_any_time(plan, root, dict(request.overrides))
        commits = {repo.name: repo.commit for repo in finished.repos} if clean else {}
        judged_by = opened.judged.by.rpartition("@")[2]
        subject = _subject(plan, bound, commits, judged_by)
        if not clean and _tree_now(opened) != finished.tree:
            return  # somebody has changed it since
        told = TreeVerdict(subject, finished.verdict, opened.run, opened.clock.now(), tuple(sorted(commits.items())))
        keep_verdict(opened.state, told)
    except EnvironmentFault as newer:
        print(f"gatekeeper: the verdict is not kept: {newer}", file=sys.stderr)
    except (CannotRead, OSError):
        return  # then the next one who asks has to run


def _tree_now(opened: OpenedRun) -> str:
    return read_tree(tuple(BoundRepo(*repo) for repo in opened.bound.repos), opened.bound.leave_out).digest


def _as_written(opened: OpenedRun, root: str) -> Plan:
    """The plan before it was put into a worktree."""
    cache = os.path.join(opened.state, "cache")
    return load_cached(opened.request.path, root=root, cache=cache, content=opened.judged.definition)


def _at_any_time(plan: Plan, root: str, overrides: Mapping[str, str]) -> Bound:
    """The plan bound so that what it writes is left out whenever it was written, and whatever its ports are."""
    ports = {name: "0" for name, _ in plan.ports}
    return bind_plan(plan, root=root, environ=os.environ, overrides=overrides, ports=ports, run=_ANY_RUN, now=_ANY_DAY)


def _inside(bound: Bound, root: str, commit: str) -> dict[str, str]:
    """The commit for each repo that lies in the project's own repository."""
    if not commit:
        return {}
    here = top_of(os.path.realpath(root))
    return {repo.name: commit for repo in bound.repos if top_of(os.path.realpath(repo.path)) == here}


def _subject(plan: Plan, bound: Bound, commits: Mapping[str, str], judged_by: str) -> Subject:
    repos = tuple(BoundRepo(*repo) for repo in bound.repos)
    held = contents(repos, bound.leave_out, Bounds(WITHIN_S), commits)
    around = surroundings_of(plan, bound, os.environ)
    return Subject(plan.cycle, plan.digest, judged_by, held, around.digest)
