"""Owns telling others how a run ended, once it has: whom the plan names, and what the verdict was before."""

from __future__ import annotations

import sys

from gatekeeper.cli.wiring import OpenedRun
from gatekeeper.model.events import Entry
from gatekeeper.policy.binding import fill
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.switches import Switch, switches_in


class Telling:
    """A reader of the event stream that keeps the run's record, and tells of it when asked. Never raises."""

    def __init__(self, opened: OpenedRun) -> None:
        context = opened.bound.context
        told = () if Switch.NO_NOTIFY in switches_in(context.environ) else opened.plan.notify
        bound = tuple(each._replace(to=fill(each.to, context)) for each in told)
        self._notifications = tuple(each for each in bound if each.to.strip())
        self._record = RunRecord(opened.run)
        self._previous: str | None = None
        if self._notifications:
            from gatekeeper.adapters.journal.runs import verdict_before

            self._previous = verdict_before(opened.state, opened.plan.cycle, opened.run)

    def receive(self, entry: Entry) -> None:
        """Take one entry in."""
        if self._notifications:
            self._record.apply(entry)

    async def tell(self) -> None:
        """Send the notifications; what went wrong with one is said on standard error, and changes nothing."""
        if not self._notifications:
            return
        from gatekeeper.adapters.notifications.notify import notify

        for problem in await notify(self._notifications, self._record, previous=self._previous):
            print(f"gatekeeper: {problem}", file=sys.stderr)
