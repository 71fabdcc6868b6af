"""Owns whether another round is run, and why: the round machine as a table. Knows no clock and runs nothing.

`close_round` reads where the steps stand as one of a few endings; `TABLE` answers every (phase, ending) pair. An
ending that the table refuses is a bug of ours: it raises and changes nothing.
"""

from enum import StrEnum

from gatekeeper.model.plan import StepId, UntilGreen
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.standing import UNKNOWN_TREE, Standing, Standings


class Phase(StrEnum):
    """Where a run is on its way to a verdict."""

    SEARCHING = "searching"
    CONFIRMING = "confirming"
    DONE = "done"


class Ending(StrEnum):
    """How a round ended, as far as the next decision is concerned."""

    CLEAN = "every required step passed on the tree as it is now"
    STALE = "everything passed, but not all of it on the tree as it is now, or not often enough"
    INFRA = "only infrastructure failed, and may be asked again"
    UNCHANGED = "something failed, and may be run again to tell flaky from red"
    CHANGED = "something failed on a tree that is no more"
    HOPELESS = "something failed on this tree, and nothing is left to try"
    OUT_OF_ROUNDS = "the rounds are used up"
    STOPPED = "told to stop, or out of time"


class Reason(StrEnum):
    """Why a round is run."""

    FIRST = "first round: everything"
    RETRY_INFRA = "infrastructure failed: again on the same tree"
    RETRY_UNCHANGED = "again on the same tree, to tell flaky from red"
    TREE_CHANGED = "the tree changed: what failed, and what depends on it"
    CONFIRM = "confirming: what has not passed on the final tree"


class Step(NamedTuple):
    """The next phase, and why it runs a round; None where it runs none."""

    phase: Phase
    reason: Reason | None


class IllegalTransition(RuntimeError):
    """The machine was asked for a step that it does not have; a bug of ours."""


_DONE = Step(Phase.DONE, None)
_AFTER_ANY_ROUND: dict[Ending, Step] = {
    Ending.CLEAN: _DONE,
    Ending.STALE: Step(Phase.CONFIRMING, Reason.CONFIRM),
    Ending.INFRA: Step(Phase.SEARCHING, Reason.RETRY_INFRA),
    Ending.UNCHANGED: Step(Phase.SEARCHING, Reason.RETRY_UNCHANGED),
    Ending.CHANGED: Step(Phase.SEARCHING, Reason.TREE_CHANGED),
    Ending.HOPELESS: _DONE,
    Ending.OUT_OF_ROUNDS: _DONE,
    Ending.STOPPED: _DONE,
}
TABLE: dict[tuple[Phase, Ending], Step] = {
    (phase, ending): step for phase in (Phase.SEARCHING, Phase.CONFIRMING) for ending, step in _AFTER_ANY_ROUND.items()
}


def advance(phase: Phase, ending: Ending) -> Step:
    """What comes after a round that ended like this. Raises `IllegalTransition`."""
    try:
        return TABLE[phase, ending]
    except KeyError:
        raise IllegalTransition(f"no round may end ({ending.name}) when the run is {phase}") from None


def close_round(standings: Standings, tree: str, policy: UntilGreen, *, rounds: int, stopped: bool) -> Ending:
    """How the round ended: `tree` is the tree now, `rounds` how many were run, `stopped` whether time or leave is over.

    The result is `OUT_OF_ROUNDS` only where another round would have followed.
    """
    if stopped:
        return Ending.STOPPED
    ending = _read(standings, tree, policy)
    if rounds >= policy.rounds and TABLE[Phase.SEARCHING, ending].reason is not None:
        return Ending.OUT_OF_ROUNDS
    return ending


def _read(standings: Standings, tree: str, policy: UntilGreen) -> Ending:
    culprits = standings.culprits()
    if not standings.unsatisfied():
        if not stale_steps(standings, tree, policy):
            return Ending.CLEAN
        # No pass can be seen to be one on a tree that cannot be read, however often it is run.
        return Ending.HOPELESS if tree == UNKNOWN_TREE else Ending.STALE
    real = [step for step in culprits if standings[step].verdict is not StepVerdict.INFRA]
    if not real:
        patience = all(standings[step].infra_failures <= policy.retry_infra for step in culprits)
        return Ending.INFRA if culprits and patience else Ending.HOPELESS
    if tree == UNKNOWN_TREE:
        return Ending.HOPELESS
    here = [standings[step].failures.get(tree, 0) for step in real]
    if any(failures > policy.retry_unchanged for failures in here):
        return Ending.HOPELESS
    return Ending.CHANGED if any(standings[step].tree != tree for step in real) else Ending.UNCHANGED


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
