"""Owns what is said of a whole run, and the exit code that says it. Green has one way in and many out."""

from enum import StrEnum
from typing import Literal

from gatekeeper.model.plan import UntilGreen
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.stopping import StopReason
from gatekeeper.model.verdict import RunVerdict, StepVerdict
from gatekeeper.policy.round_machine import stale_steps
from gatekeeper.policy.standing import UNKNOWN_TREE, Standings


class Why(StrEnum):
    """What stands behind a verdict, in words for people."""

    ALL_PASSED = "every required step passed on one tree"
    FAILED = "a required step still fails, and nothing is left to try"
    OUT_OF_ROUNDS = "a required step still fails, and the rounds are used up"
    IN_CIRCLES = "a required step still fails, and going on would be going in circles"
    WEAKENED = "what the run is judged by was weakened"
    BEYOND = "the fixer changed what it may not"
    FLAKY = "a required step failed and passed although nothing changed"
    NOT_JUDGED = "what did not pass could not be judged: only infrastructure failed, or evidence could not be read"
    NOT_PROVEN = "a fix could not be seen to be what made a step pass"
    NOT_CONFIRMED = "everything passed, but not all of it on the final tree before the rounds were used up"
    TREE_UNKNOWN = "everything passed, but the tree could not be read, so nothing can be said of it"
    NOTHING_RAN = "not one required step passed: there was nothing to judge"
    STOPPED = "it was stopped before the end"
    OUT_OF_TIME = "its own time was over"
    BROKEN = "gatekeeper itself failed, so nothing can be said"


class Judgement(NamedTuple):
    """The verdict on a run, why, and the process's exit code."""

    verdict: RunVerdict
    why: Why
    exit_code: int


def judge_run(
    standings: Standings,
    *,
    first_tree: str,
    tree: str,
    policy: UntilGreen,
    stop: StopReason,
    weakened: bool = False,
    beyond: bool = False,
    unproven: bool = False,
    eased: bool = False,
) -> Judgement:
    """The verdict: `first_tree` is the tree at the start, `tree` the one at the end.

    `weakened` tells that what judges is weaker than the cycle allows: what passed by it proves nothing; `beyond` that
    the fixer changed what it may not, and that this still stands; `unproven` that a step could not be seen to fail once
    more on the tree before its fix; `eased` that a mitigation changed something, be it outside of the tree.
    """
    match stop:
        case StopReason.NONE:
            pass
        case StopReason.OUT_OF_TIME:
            return Judgement(RunVerdict.ABORTED, Why.OUT_OF_TIME, 124)
        case StopReason.INTERRUPTED:
            return Judgement(RunVerdict.ABORTED, Why.STOPPED, 130)
        case StopReason.TERMINATED:
            return Judgement(RunVerdict.ABORTED, Why.STOPPED, 143)
        case StopReason.HUNG_UP:
            return Judgement(RunVerdict.ABORTED, Why.STOPPED, 129)
    if standings.unsatisfied():
        code = any(
            standings[step].verdict in {StepVerdict.FAILED, StepVerdict.TIMED_OUT} for step in standings.culprits()
        )
        if code:
            return Judgement(RunVerdict.RED, Why.FAILED, 1)
        return Judgement(RunVerdict.INCONCLUSIVE, Why.NOT_JUDGED, 3)
    if weakened:
        return Judgement(RunVerdict.RED, Why.WEAKENED, 1)
    if beyond:
        return Judgement(RunVerdict.RED, Why.BEYOND, 1)
    required = [standing for step, standing in standings.items() if standings.required(step)]
    if not any(standing.verdict is StepVerdict.PASSED for standing in required):
        return Judgement(RunVerdict.INCONCLUSIVE, Why.NOTHING_RAN, 5)
    # Before flaky, which a cycle may let pass: only what was seen whole, on the tree as it is now, may be let pass.
    if tree == UNKNOWN_TREE:
        return Judgement(RunVerdict.INCONCLUSIVE, Why.TREE_UNKNOWN, 3)
    if stale_steps(standings, tree, policy):
        return Judgement(RunVerdict.INCONCLUSIVE, Why.NOT_CONFIRMED, 3)
    if any(standing.flaky for standing in required):
        return Judgement(RunVerdict.FLAKY, Why.FLAKY, _flaky_code(policy.flaky))
    if unproven:
        return Judgement(RunVerdict.INCONCLUSIVE, Why.NOT_PROVEN, 3)
    verdict = RunVerdict.GREEN if first_tree == tree and not eased else RunVerdict.GREEN_AFTER_FIX
    return Judgement(verdict, Why.ALL_PASSED, 0)


def _flaky_code(policy: Literal["fail", "warn", "pass"]) -> int:
    match policy:
        case "fail":
            return 4
        case "warn" | "pass":
            return 0
