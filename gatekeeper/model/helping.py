"""Owns what goes to and fro between the engine and those who help it between rounds. Knows no event."""

from gatekeeper.model.known import KnownFailure
from gatekeeper.model.plan import Pairs, StepId
from gatekeeper.model.record import NamedTuple


class Recognised(NamedTuple):
    """What is known of a failure, if anything; `skipped` tells of patterns that could not be tried, and why."""

    known: KnownFailure | None = None
    skipped: tuple[str, ...] = ()


class Snapshot(NamedTuple):
    """For each repo, by its name, the commit that holds all its files as they were, on no branch.

    `problem` says why there is none of some repo, or is empty.
    """

    commits: Pairs = ()
    problem: str = ""


class DueProof(NamedTuple):
    """A step whose fix is to be proven: that it fails on the tree before as it did.

    `tree` is the digest of that, `snapshot` what holds it, by repo. `signature` is that of the failure there (see
    `gatekeeper.policy.signature.step_signature`).
    """

    step: StepId
    tree: str
    snapshot: Pairs
    signature: str
