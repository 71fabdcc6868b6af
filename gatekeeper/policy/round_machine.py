"""Owns what is done after a round, or after help, and why: the round machine as a table. Runs nothing.

`close_round` reads where the steps stand, and what was tried, as one of a few endings; `TABLE` answers every (phase,
ending) pair. An ending that the table refuses is a bug of ours: it raises and changes nothing.
"""

from __future__ import annotations

from enum import StrEnum

from gatekeeper.model.plan import StepId, UntilGreen
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.helps import Helps
from gatekeeper.policy.standing import UNKNOWN_TREE, Standing, Standings


class Phase(StrEnum):
    """Where a run is on its way to a verdict."""

    SEARCHING = "searching"
    CONFIRMING = "confirming"
    HELPING = "helping"
    DONE = "done"


class Ending(StrEnum):
    """How things stand after a round, or after help, as far as the next decision is concerned."""

    CLEAN = "every required step passed on the tree as it is now"
    STALE = "everything passed, but not all of it on the tree as it is now, or not often enough"
    BROKEN_OFF = "the round was broken off, and is to be taken up again"
    CHANGED = "something failed on a tree that is no more"
    RELIEVED = "something failed, and a mitigation ran since"
    KNOWN = "something failed that a mitigation is known for, which may run"
    INFRA = "only infrastructure failed, and may be asked again after a while"
    RESTED = "only infrastructure failed, and was given time since"
    NO_PROGRESS = "the same failure met the same tree again, or the fixer changes nothing"
    FIXABLE = "something failed, and the fixer may be called"
    UNCHANGED = "something failed, and may be run again to tell flaky from red"
    AWAITED = "something failed on this tree, and a person may change it"
    HOPELESS = "something failed on this tree, and nothing is left to try"
    OUT_OF_ROUNDS = "the rounds are used up"
    STOPPED = "told to stop, or out of time"


class Deed(StrEnum):
    """What is done next."""

    RUN = "run a round"
    WAIT = "wait for infrastructure"
    MITIGATE = "run a mitigation"
    FIX = "call the fixer"
    AWAIT = "wait for a change"
    STOP = "stop"


class Reason(StrEnum):
    """Why a round is run."""

    FIRST = "first round: everything"
    RETRY_INFRA = "infrastructure failed: again on the same tree"
    RETRY_UNCHANGED = "again on the same tree, to tell flaky from red"
    MITIGATED = "a mitigation ran: what failed, and what depends on it"
    TREE_CHANGED = "the tree changed: what failed, and what depends on it"
    CONFIRM = "confirming: what has not passed on the final tree"
    RESUMED = "resumed: what has not passed on this tree"


class Step(NamedTuple):
    """The next phase, what is done in it, and why a round is run; None where none is."""

    phase: Phase
    deed: Deed
    reason: Reason | None = None


class IllegalTransition(RuntimeError):
    """The machine was asked for a step that it does not have; a bug of ours."""


_DONE = Step(Phase.DONE, Deed.STOP)
_NEXT: dict[Ending, Step] = {
    Ending.CLEAN: _DONE,
    Ending.STALE: Step(Phase.CONFIRMING, Deed.RUN, Reason.CONFIRM),
    Ending.BROKEN_OFF: Step(Phase.SEARCHING, Deed.RUN, Reason.RESUMED),
    Ending.CHANGED: Step(Phase.SEARCHING, Deed.RUN, Reason.TREE_CHANGED),
    Ending.RELIEVED: Step(Phase.SEARCHING, Deed.RUN, Reason.MITIGATED),
    Ending.KNOWN: Step(Phase.HELPING, Deed.MITIGATE),
    Ending.INFRA: Step(Phase.HELPING, Deed.WAIT),
    Ending.RESTED: Step(Phase.SEARCHING, Deed.RUN, Reason.RETRY_INFRA),
    Ending.NO_PROGRESS: _DONE,
    Ending.FIXABLE: Step(Phase.HELPING, Deed.FIX),
    Ending.UNCHANGED: Step(Phase.SEARCHING, Deed.RUN, Reason.RETRY_UNCHANGED),
    Ending.AWAITED: Step(Phase.HELPING, Deed.AWAIT),
    Ending.HOPELESS: _DONE,
    Ending.OUT_OF_ROUNDS: _DONE,
    Ending.STOPPED: _DONE,
}
_ONLY_AFTER_HELP = frozenset({Ending.RELIEVED, Ending.RESTED})
TABLE: dict[tuple[Phase, Ending], Step] = {
    (phase, ending): step
    for phase in (Phase.SEARCHING, Phase.CONFIRMING, Phase.HELPING)
    for ending, step in _NEXT.items()
    if phase is Phase.HELPING or ending not in _ONLY_AFTER_HELP
}


def advance(phase: Phase, ending: Ending) -> Step:
    """What comes when things stand like this. Raises `IllegalTransition`."""
    try:
        return TABLE[phase, ending]
    except KeyError:
        raise IllegalTransition(f"it cannot come to this ({ending.name}) when the run is {phase}") from None


def close_round(
    standings: Standings,
    tree: str,
    policy: UntilGreen,
    *,
    rounds: int,
    stopped: bool,
    helps: Helps | None = None,
    watch: bool = False,
) -> Ending:
    """How things stand: `tree` is the tree now, `rounds` how many were run, `stopped` whether time or leave is over.

    `helps` is what was tried, `watch` whether a person may change the tree. The result is `OUT_OF_ROUNDS` only where
    another round would have followed, now or after help.
    """
    if stopped:
        return Ending.STOPPED
    ending = _read(standings, tree, policy, helps or Helps())
    if ending is Ending.HOPELESS and watch:
        ending = Ending.AWAITED
    # A round that was broken off is taken up again, and not another one.
    more = _NEXT[ending].deed is not Deed.STOP and ending is not Ending.BROKEN_OFF
    return Ending.OUT_OF_ROUNDS if more and rounds >= policy.rounds else ending


def _read(standings: Standings, tree: str, policy: UntilGreen, helps: Helps) -> Ending:
    if helps.broken_off:
        return Ending.BROKEN_OFF
    if not standings.unsatisfied():
        return _read_fine(standings, tree, policy, helps)
    culprits = standings.culprits()
    real = [standings[step] for step in culprits if standings[step].verdict is not StepVerdict.INFRA]
    if tree != UNKNOWN_TREE and any(standing.tree != tree for standing in real):
        return Ending.CHANGED
    if helps.relieved:
        return Ending.RELIEVED
    if helps.mitigation(standings, tree, policy) is not None:
        return Ending.KNOWN
    if not real:
        patience = all(standings[step].infra_failures <= policy.retry_infra for step in culprits)
        if not culprits or not patience:
            return Ending.HOPELESS
        return Ending.RESTED if helps.rested else Ending.INFRA
    if tree == UNKNOWN_TREE:
        return Ending.HOPELESS
    if helps.no_progress:
        return Ending.NO_PROGRESS
    if helps.may_fix(policy):
        return Ending.FIXABLE
    again = all(standing.unclassed and standing.failures.get(tree, 0) <= policy.retry_unchanged for standing in real)
    return Ending.UNCHANGED if again else Ending.HOPELESS


def _read_fine(standings: Standings, tree: str, policy: UntilGreen, helps: Helps) -> Ending:
    if helps.violating:
        if helps.no_progress:
            return Ending.NO_PROGRESS
        return Ending.FIXABLE if helps.may_fix(policy) else Ending.HOPELESS
    if not stale_steps(standings, tree, policy):
        return Ending.CLEAN
    # No pass can be seen to be one on a tree that cannot be read, however often it is run.
    return Ending.HOPELESS if tree == UNKNOWN_TREE else Ending.STALE


def stale_steps(standings: Standings, tree: str, policy: UntilGreen) -> frozenset[StepId]:
    """Required steps of which nothing is known on `tree`.

    They passed elsewhere, or not yet `confirm` times after they were red; or they did not apply elsewhere, which says
    nothing of here: what changed may be what they wait for.
    """
    return frozenset(
        step for step, standing in standings.items() if standings.required(step) and _is_stale(standing, tree, policy)
    )


def _is_stale(standing: Standing, tree: str, policy: UntilGreen) -> bool:
    match standing.verdict:
        case StepVerdict.PASSED if standing.passed_on(tree):
            return standing.was_red and not standing.flaky and standing.passes < policy.confirm
        case StepVerdict.PASSED:
            return True
        case StepVerdict.SKIPPED:
            # One that ran before was there to be judged; that it does not apply any more is no pass.
            return standing.attempts > 0 or not standing.skipped_on(tree)
        case _:
            return False
