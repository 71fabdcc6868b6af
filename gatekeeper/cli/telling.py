"""Owns telling others how a run ended, once all of it is over: whom the plan names, and what is news to them.

Nothing here can change a verdict: it is written, printed, and its tree is free before anybody is told.
"""

from __future__ import annotations

import contextlib
import sys

from gatekeeper.cli.wiring import OpenedRun
from gatekeeper.model.events import Entry
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.switches import Switch, switches_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gatekeeper.cli.notifications.announcing import Announcing, Failed
    from gatekeeper.cli.signals import Signals
    from gatekeeper.policy.recipients import Recipient

_SAID_AFTER_S = 2.0
"""A person who waits that long is told what for; cron would mail it."""


class Telling:
    """A reader of the event stream that keeps the run's record, and tells of it when asked. Never raises."""

    def __init__(self, opened: OpenedRun) -> None:
        context = opened.bound.context
        off = Switch.NO_NOTIFY in switches_in(context.environ) or not opened.request.notify
        told = () if off else opened.plan.notify
        self._recipients: tuple[Recipient, ...] = ()
        self._opened = opened
        self._record = RunRecord(opened.run)
        self._previous: str | None = None
        if told:
            from gatekeeper.policy.recipients import recipients

            self._recipients = recipients(told, context)
        if self._recipients:
            from gatekeeper.adapters.journal.runs import verdict_before

            self._previous = verdict_before(opened.state, opened.plan.cycle, opened.run)

    def receive(self, entry: Entry) -> None:
        """Take one entry in."""
        if self._recipients:
            self._record.apply(entry)

    def tell(self, signals: Signals) -> None:
        """Tell those to whom it is news; a signal ends that at once. What went wrong is said on standard error."""
        if not self._recipients or self._record.finished is None:
            return
        try:
            self._tell(lambda: bool(signals.early))
        except Exception as fault:  # noqa: BLE001 - whatever it is, the verdict stands
            _say(f"nobody could be notified: {type(fault).__name__}")

    def _tell(self, leave: Callable[[], bool]) -> None:
        import time

        import anyio

        from gatekeeper.adapters.notifications.sending import Patience
        from gatekeeper.cli.notifications.announcing import Announcing
        from gatekeeper.cli.notifications.told import Around

        opened, placement = self._opened, self._opened.request.placement
        root = placement.home if placement is not None else opened.request.root
        announcing = Announcing(
            self._record,
            previous=self._previous,
            cycle=opened.plan.cycle,
            evidence=opened.folder,
            around=Around(root, opened.state, Patience()),
            now=time.time(),
            mask=opened.masker.mask,
        )
        for recipient, problem in anyio.run(_until, announcing, self._recipients, leave):
            _say(f"the notification to {recipient.shown} failed: {problem}")
            from gatekeeper.cli.diagnostics import diagnostics

            logger, _ = diagnostics(opened.state)
            logger.warning("notification failed", run=opened.run, target=recipient.shown, problem=problem)


async def _until(announcing: Announcing, told: tuple[Recipient, ...], leave: Callable[[], bool]) -> tuple[Failed, ...]:
    """Announce to everybody, until done, or until somebody wants to leave."""
    import anyio

    pause_s = 0.05
    failed: tuple[Failed, ...] = ()

    async def watch() -> None:
        waited_s = 0.0
        while not leave():
            await anyio.sleep(pause_s)
            if waited_s < _SAID_AFTER_S <= waited_s + pause_s and _is_watched():
                _say(f"the verdict stands; notifying for at most {announcing.within_s:g} s, Ctrl-C leaves it")
            waited_s += pause_s
        everything.cancel()

    with anyio.CancelScope() as everything:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch)
            failed = await announcing.announce(told)
            tasks.cancel_scope.cancel()
    return failed if not everything.cancel_called else announcing.left()


def _say(line: str) -> None:
    # Nobody listens, or standard error is closed: that must not come out as an exit code.
    with contextlib.suppress(OSError, ValueError):
        if sys.stderr is not None:
            print(f"gatekeeper: {line}", file=sys.stderr, flush=True)


def _is_watched() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()
