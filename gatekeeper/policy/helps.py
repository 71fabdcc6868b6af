"""Owns what was tried between the rounds of a run, and whether more of it may be tried. Runs nothing."""

from __future__ import annotations

from gatekeeper.model.help_events import FixerFinished
from gatekeeper.model.plan import StepId, UntilGreen
from gatekeeper.policy.standing import UNKNOWN_TREE, Standings

MOST_IDLE_CALLS = 2
"""After so many calls in a row that changed nothing the fixer is not called any more."""


class Helps:
    """What was tried so far.

    `calls` counts those of the fixer, also those that never came to their end; `cut_off` is the number of one that
    began and has not ended, 0 for none; `idle` those in a row that changed nothing; `violating` are files that it
    changed and may not. `mitigated` holds (pattern, tree) of mitigations, of which `mitigations` began in all and
    `eased` ended well. `relieved` tells that one did since the last round, `rested` that infrastructure was given time
    since, `came_back` that the last round met a failure on a tree that it had met before a call of the fixer,
    `broken_off` that it was not finished.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.cut_off = 0
        self.idle = 0
        self.violating: tuple[str, ...] = ()
        self.mitigated: set[tuple[str, str]] = set()
        self.mitigating: tuple[str, str] | None = None
        self.mitigations = 0
        self.eased = 0
        self.relieved = False
        self.rested = False
        self.came_back = False
        self.broken_off = False
        self._met: dict[tuple[str, str], int] = {}

    @property
    def no_progress(self) -> bool:
        """Whether going on would be going in circles."""
        return self.came_back or self.idle >= MOST_IDLE_CALLS

    def may_fix(self, policy: UntilGreen) -> bool:
        """Whether the fixer may be called once more."""
        return policy.fixer is not None and self.calls < policy.fixer.calls

    def mitigation(self, standings: Standings, tree: str, policy: UntilGreen) -> StepId | None:
        """The first culprit whose failure has a mitigation that may run on `tree`; None where there is none."""
        for step in standings.culprits():
            known = standings[step].known
            allowed = known is not None and known.mitigation and known.pattern in policy.mitigate
            if known is not None and allowed and (known.pattern, tree) not in self.mitigated:
                return step
        return None

    def mitigates(self, pattern: str, tree: str) -> None:
        """A mitigation begins."""
        self.mitigations += 1
        self.mitigating = (pattern, tree)
        self.mitigated.add(self.mitigating)

    def mitigated_so(self, *, well: bool) -> None:
        """It is over; `well` tells that it ended as it should."""
        self.mitigating = None
        if well:
            self.relieved = True
            self.eased += 1

    def resumed(self) -> None:
        """The process that helped died: a mitigation that was cut off has not run."""
        if self.mitigating is not None:
            self.mitigated.discard(self.mitigating)
            self.mitigating = None

    def fixed(self, finished: FixerFinished) -> None:
        """A call of the fixer came to its end."""
        self.cut_off = 0
        self.idle = 0 if finished.changed else self.idle + 1
        self.violating = finished.violating

    def round_begins(self) -> None:
        """What helped before it is about to be seen."""
        self.relieved = self.rested = self.broken_off = self.came_back = False

    def round_met(self, signature: str, tree: str) -> None:
        """A round ended with the failure that `signature` names (empty for none), on `tree`."""
        if not signature or tree == UNKNOWN_TREE:
            return
        self.came_back = self.calls > self._met.get((signature, tree), self.calls)
        self._met.setdefault((signature, tree), self.calls)
