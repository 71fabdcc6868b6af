"""Owns what the verdict of a cycle on a tree belongs to, keeping it when a run ends, and finding it again."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from gatekeeper.adapters.definition.cache import load_cached
from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.commits import CannotRead, branch_of
from gatekeeper.adapters.repos.contents import contents
from gatekeeper.adapters.repos.reading import BoundRepo, read_tree
from gatekeeper.adapters.verdicts.keeping import find_verdict, keep_verdict
from gatekeeper.cli.opening import Bound, bind_plan, require_environment
from gatekeeper.cli.project import definition_path, state_folder
from gatekeeper.cli.surroundings import Surroundings, asks_for_branch, surroundings_of
from gatekeeper.cli.tops import top_of
from gatekeeper.model.errors import EnvironmentFault
from gatekeeper.model.events import RunFinished
from gatekeeper.model.plan import Plan
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree_verdict import Subject, TreeVerdict
from gatekeeper.policy.tree_verdicts import Standing, is_kept, key_of, standing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.cli.wiring import OpenedRun

WITHIN_S = 30.0
_ANY_DAY = "????-??-??"
_ANY_RUN = "*"


class Question(NamedTuple):
    """A cycle of the project at `root`, on the commit `at`; empty is the working tree as it lies there.

    `judge_by` is the ref whose definition counts; empty is that of the tree itself. `branch` is the one that steps with
    a condition are told of in the project's own repository; None is the one that `at` names, or that HEAD is on.
    """

    root: str
    cycle: str
    at: str = ""
    judge_by: str = ""
    branch: str | None = None


class Answer(NamedTuple):
    """What is known; `commit` is the one that was asked about, empty for the working tree.

    `subject` is the name of what the verdict is of: the same for the same tree, definition and surroundings only.
    """

    cycle: str
    commit: str
    standing: Standing
    reuse_s: float
    subject: str


class Known(NamedTuple):
    """An answer with what it was found by. `inside` are the repos of the cycle in the project's own repository."""

    answer: Answer
    plan: Plan
    bound: Bound
    subject: Subject
    around: Surroundings
    inside: tuple[str, ...]


def ask_verdict(question: Question, now: str) -> Answer:
    """As `look_up`, the answer alone."""
    return look_up(question, now).answer


def look_up(question: Question, now: str) -> Known:
    """The verdict that is kept of a cycle on a tree. Starts nothing but git, and changes nothing.

    Raises:
        UsageError: there is no such cycle.
        DefinitionError: its definition is wrong, or a value is missing.
        CannotRead: the commit is not there, or a repo of the cycle cannot be read.
    """
    from gatekeeper.adapters.repos.at_ref import AtRef  # a run that ends reads nothing at a ref

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
    inside = _inside(bound, root)
    branches = _branches(bound, inside, question) if asks_for_branch(plan) else {}
    around = surroundings_of(plan, bound, os.environ, branches)
    commits = dict.fromkeys(inside, rev) if rev else {}
    subject = _subject(plan, bound, commits, judging.commit if judging else "", around)
    found = find_verdict(state_folder(root), subject)
    answer = Answer(plan.cycle, rev, standing(found, now=now, reuse_s=plan.reuse_s), plan.reuse_s, key_of(subject))
    return Known(answer, plan, bound, subject, around, inside)


def holds_now(known: Known) -> bool:
    """Whether the working trees hold, to the last untracked file, just what was asked about."""
    repos = tuple(BoundRepo(*repo) for repo in known.bound.repos)
    try:
        return contents(repos, known.bound.leave_out, Bounds(WITHIN_S), {}) == known.subject.contents
    except (CannotRead, OSError):
        return False


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
        on = {} if placement is None else placement.branches or {}
        branches = {repo.name: on.get(repo.name, repo.branch) for repo in finished.repos}
        around = surroundings_of(plan, bound, os.environ, branches)
        subject = _subject(plan, bound, commits, judged_by, around)
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


def _inside(bound: Bound, root: str) -> tuple[str, ...]:
    """The repos that lie in the project's own repository."""
    here = top_of(os.path.realpath(root))
    return tuple(repo.name for repo in bound.repos if top_of(os.path.realpath(repo.path)) == here)


def _branches(bound: Bound, inside: tuple[str, ...], question: Question) -> dict[str, str]:
    """The branch of each repo, as a run would be told of it."""
    named = {}
    for repo in bound.repos:
        ours = repo.name in inside
        told = question.branch if ours else None
        named[repo.name] = branch_of(repo.path, (ours and question.at) or "HEAD") if told is None else told
    return named


def _subject(plan: Plan, bound: Bound, commits: Mapping[str, str], judged_by: str, around: Surroundings) -> Subject:
    repos = tuple(BoundRepo(*repo) for repo in bound.repos)
    held = contents(repos, bound.leave_out, Bounds(WITHIN_S), commits)
    return Subject(plan.cycle, plan.digest, judged_by, held, around.digest)
