"""Owns what a run is told of itself before it begins. Knows no port."""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.model.containment import NOTHING_PROMISED, Containment
from gatekeeper.model.events import Event
from gatekeeper.model.incident import Incident
from gatekeeper.model.plan import Plan, Step, StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree import Tree
from gatekeeper.policy.binding import Context
from gatekeeper.policy.claims import NOTHING_CLAIMED, Claims

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.engine.remembering import Memory


class RunOrder(NamedTuple):
    """One run to be made.

    `opening` builds the first event from the tree as it was read; `last_look` tells, before the verdict, what else
    the log must say. `memory` is what former runs saw, `is_file` tells whether a path in a step's folder is a file.
    With `watch` a round is abandoned when somebody changes the tree under it. `spent_s` is how long a run that goes on
    has gone on for already. `claims` is what it must have for itself.
    """

    run: str
    plan: Plan
    selected: tuple[StepId, ...]
    context: Context
    jobs: int
    log: str
    opening: Callable[[Tree], Event]
    why_skipped: Callable[[Step, Tree], str | None]
    jitter: Callable[[], float]
    last_look: Callable[[], tuple[Incident, ...]] = tuple
    selection: str = ""
    containment: Containment = NOTHING_PROMISED
    memory: Memory | None = None
    is_file: Callable[[Step, str], bool] = lambda _step, _path: False
    watch: bool = False
    spent_s: float = 0.0
    claims: Claims = NOTHING_CLAIMED
