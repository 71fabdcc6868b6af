"""Owns what is installed for a project, in the crontab and as timers, as one list. Changes nothing."""

from __future__ import annotations

from gatekeeper.adapters.nightly.crontab import read_crontab
from gatekeeper.adapters.nightly.user_units import OurTimer, our_timers
from gatekeeper.model.errors import EnvironmentFault
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.nightly.crontab import Block, BrokenMarkers, blocks_in


class Installed(NamedTuple):
    """What calls this project's cycles. `crontab` is the whole text, `others` how many blocks other projects have.

    `problem` is why the crontab could not be looked at, where it could not; then it counts as empty.
    """

    crontab: str
    blocks: tuple[Block, ...]
    timers: tuple[OurTimer, ...]
    others: int
    problem: str = ""

    @property
    def entries(self) -> tuple[tuple[str, ...], ...]:
        """The cycles of each."""
        return (*(block.cycles for block in self.blocks), *(timer.cycles for timer in self.timers))


def installed(root: str) -> Installed:
    """Look at both."""
    text, problem, blocks = "", "", tuple[Block, ...]()
    try:
        text = read_crontab()
        blocks = blocks_in(text)
    except EnvironmentFault as fault:
        problem = str(fault)
    except BrokenMarkers as fault:
        problem = f"the crontab is left as it is, because somebody changed our markers in it: {fault}"
    timers = our_timers()
    ours = tuple(block for block in blocks if block.root == root)
    here = tuple(timer for timer in timers if timer.root == root)
    return Installed(text, ours, here, len(blocks) + len(timers) - len(ours) - len(here), problem)
