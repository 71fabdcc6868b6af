"""Owns what a verdict belongs to: a tree, what judged it, and what it ran among. Knows neither git nor files."""

from __future__ import annotations

from gatekeeper.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.model.plan import Pairs


class Subject(NamedTuple):
    """What a verdict is of.

    `definition` is the digest of the definition, `judged_by` the commit that baselines and quarantine are from where
    that is not the tree. `contents` is the id of a git tree for each repo of the cycle: all it holds, without what the
    cycle itself writes. `surroundings` is a digest of programs, dependencies and values that are not in the tree.
    """

    cycle: str
    definition: str
    judged_by: str
    contents: Pairs
    surroundings: str


class TreeVerdict(NamedTuple):
    """What a run came to on a tree. `time` is its end (UTC, ISO 8601), `commits` where the repos stood, if clean."""

    subject: Subject
    verdict: str
    run: str
    time: str
    commits: Pairs = ()
