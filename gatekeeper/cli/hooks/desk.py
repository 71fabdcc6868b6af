"""Owns judging one commit for a hook: by which cycle, whether that is known already, and else a run. Knows no push."""

from __future__ import annotations

import os
import sys

from gatekeeper.adapters.definition.cache import load_cached
from gatekeeper.adapters.journal.reading import load
from gatekeeper.adapters.journal.runs import list_runs
from gatekeeper.adapters.repos.at_ref import AtRef
from gatekeeper.adapters.repos.commits import CannotRead
from gatekeeper.adapters.repos.pushed import ever_had, tree_of
from gatekeeper.cli.exit_codes import INCONCLUSIVE, OK
from gatekeeper.cli.hooks.surroundings import Given
from gatekeeper.cli.judged_trees import Known, Question, holds_now, look_up
from gatekeeper.cli.last_definition import changed_since_last
from gatekeeper.cli.project import GATES, state_folder
from gatekeeper.cli.run_request import RunRequest
from gatekeeper.cli.signals import Signals
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.errors import EnvironmentFault, UsageError
from gatekeeper.model.plan import Pairs
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree import RepoState
from gatekeeper.model.verdict import RunVerdict
from gatekeeper.policy.tree_verdicts import Green

_SUFFIX = ".yaml"


class Verdict(NamedTuple):
    """What a commit came to: the exit code, the verdict in a word, which run said so, and whether that was there."""

    code: int
    verdict: str
    run: str
    reused: bool
    time: str = ""


class Cycles(NamedTuple):
    """What a commit says of its cycles: the one that judges where nothing else is said, and its `hook:`."""

    default: str
    hook: Pairs


class Desk:
    """Judges commits of the project at `root`. `project` is where that lies from the folder that git runs hooks in."""

    def __init__(self, root: str, cycle: str, judge_by: str, project: str | None, given: Given) -> None:
        self.root = root
        self.state = state_folder(root)
        self.cycle = cycle
        self.judge_by = judge_by
        self.project = project
        self.given = given
        self._signals = Signals()
        self._signals.install()

    def cycles_at(self, commit: str) -> Cycles | None:
        """What judges a commit; None where it never had anything that could.

        Raises:
            UsageError: it has several cycles and none was named, or what it once had is gone.
            DefinitionError: the definition is wrong.
            CannotRead: git cannot tell.
        """
        source = AtRef(self.root, self.judge_by or commit)
        name = self.cycle or self._only_one(source)
        path = f"{GATES}/{name}{_SUFFIX}"
        content = source.read(path) if name else None
        if content is None:
            wanted = path if self.cycle else GATES
            if not self.judge_by and not ever_had(self.root, commit, wanted):
                return None
            raise UsageError(
                f"there is no definition {wanted} at {source.origin}, so nothing judges what is there; it was removed, "
                "and a push that takes its judge away is refused"
            )
        cache = os.path.join(self.state, "cache")
        plan = load_cached(os.path.join(self.root, path), root=self.root, cache=cache, content=content)
        return Cycles(name, plan.hook)

    def look_up(self, cycle: str, commit: str, branch: str | None) -> Known:
        """What is known of a commit. Raises as `judged_trees.look_up` does."""
        now = SystemClock().now()
        return look_up(Question(self.root, cycle, commit, self.judge_by, branch), now)

    def judge(self, known: Known, branch: str | None, named: str, *, in_place: bool) -> Verdict:
        """What is known already of what is `named` so, if that is green; else what a run says.

        Raises the errors of `gatekeeper.model.errors`.
        """
        if isinstance(known.answer.standing, Green):
            found = known.answer.standing.found
            return Verdict(OK, found.verdict, found.run, reused=True, time=found.time)
        here = in_place and self._is_here(known)
        where = "in place: nothing else is here" if here else "in a scratch worktree"
        say(f"{known.plan.cycle} judges {named}, {where}")
        if changed := changed_since_last(self.state, known.plan):
            say(changed)
        return self._run(known, branch, here=here)

    def _only_one(self, source: AtRef) -> str:
        names = [path.removeprefix(f"{GATES}/") for path in source.paths(GATES)]
        found = [name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX) and "/" not in name]
        found = [name for name in found if name and name != "quarantine"]
        if len(found) > 1:
            raise UsageError(
                f"which cycle judges? there is {', '.join(found)} at {source.origin}; "
                "say it once: gatekeeper hook install --cycle NAME"
            )
        return found[0] if found else ""

    def _is_here(self, known: Known) -> bool:
        if any(step.mutates for gate in known.plan.gates for step in gate.steps):
            return False  # whoever pushes does not ask for a change of the working tree
        try:
            head = tree_of(self.root, "HEAD")
        except CannotRead:
            return False  # on a branch that has no commit yet
        return head == tree_of(self.root, known.answer.commit) and holds_now(known)

    def _run(self, known: Known, branch: str | None, *, here: bool) -> Verdict:
        from gatekeeper.cli.at_commit import place_here
        from gatekeeper.cli.run import run_cycle

        commit, cycle = known.answer.commit, known.plan.cycle
        request = RunRequest(
            root=self.root,
            path=os.path.join(self.root, GATES, cycle + _SUFFIX),
            only=(),
            jobs=1,
            rounds=None,
            overrides=(),
            format="human",
            verbose=False,
            judge_by=self.judge_by,
            # Who pushes is there, and waits: the verdict of what never left says nothing to others.
            notify=False,
        )
        before = {run.run for run in list_runs(self.state, cycle)}
        if here:
            on = {} if branch is None else dict.fromkeys(known.inside, branch)
            code = run_cycle(place_here(request, commit, on), self._signals)
        else:
            code = run_cycle(request, self._signals, commit, branch)
        run = next((run for run in list_runs(self.state, cycle) if run.run not in before), None)
        finished = load(run.path).finished if run is not None else None
        if run is None or finished is None:
            raise EnvironmentFault(f"the run of {cycle} on {commit} left nothing that says how it ended")
        if code == OK and (changed := _changed(known, finished.repos, here=here)):
            say(f"{cycle} was {finished.verdict}, but not on {commit[:12]}: its steps changed {changed}")
            say("  commit that, have git ignore it, or declare it in the definition (report, artifacts)")
            return Verdict(INCONCLUSIVE, RunVerdict.INCONCLUSIVE, run.run, reused=False)
        return Verdict(code, finished.verdict, run.run, reused=False)


def _changed(known: Known, repos: tuple[RepoState, ...], *, here: bool) -> str:
    """What is not as in the commit when the run has ended, in words; empty where all is."""
    drift = [line[3:] for repo in repos if repo.name in known.inside for line in repo.drift]
    unread = [repo.problem for repo in repos if repo.name in known.inside and repo.problem]
    if here and not drift and not unread and not holds_now(known):
        return "something in the working tree"
    few = ", ".join((*drift[:3], *unread)) + (f" and {len(drift) - 3} more" if len(drift) > 3 else "")
    return few if drift or unread else ""


def say(text: str) -> None:
    """Tell whoever pushes or commits: on standard error, where git's own words go."""
    print(f"gatekeeper: {text}", file=sys.stderr, flush=True)
