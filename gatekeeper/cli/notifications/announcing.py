"""Owns announcing one run to everybody side by side: what is news to each, having it told, and remembering that it was.

What did not arrive was not announced: the next run tries it again.
"""

from __future__ import annotations

from typing import cast

import anyio

from gatekeeper.adapters.notifications.announced import Memory, NewerFormat
from gatekeeper.adapters.notifications.summary import News, summarise
from gatekeeper.cli.notifications.told import Around, have_told
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.announcing import Announce, Keep, decide
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.recipients import Recipient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gatekeeper.policy.announcing import Announced, Decision

WITHIN_S = 45.0
"""How long all notifications of a run may take together, in seconds."""

_LOOK_S = 0.05


class Failed(NamedTuple):
    """Who was not told, and why, in words that hold no token."""

    recipient: Recipient
    problem: str


class Announcing:
    """Announces one run that has ended. `now` is in seconds since 1970; `mask` hides secrets in what is sent."""

    def __init__(
        self,
        record: RunRecord,
        *,
        previous: str | None,
        cycle: str,
        evidence: str,
        around: Around,
        now: float,
        mask: Callable[[str], str] = str,
        within_s: float = WITHIN_S,
    ) -> None:
        self._record = record
        self._previous = previous
        self._cycle = cycle
        self._evidence = evidence
        self._around = around
        self._now = now
        self._mask = mask
        self.within_s = within_s
        self._open: dict[Recipient, str] = {}

    async def announce(self, told: tuple[Recipient, ...]) -> tuple[Failed, ...]:
        """Tell all to whom it is news; what failed. Bounded; nothing that was started is alive on return."""
        failed: list[Failed] = []

        async def one(recipient: Recipient) -> None:
            try:
                problem = await self._one(recipient)
            except OSError as fault:
                problem = f"what it was told last cannot be kept: {fault.strerror}"
            self._open.pop(recipient, None)
            if problem:
                failed.append(Failed(recipient, problem))

        self._open = dict.fromkeys(told, f"it was not delivered within {self.within_s:g} s")
        with anyio.move_on_after(self.within_s):
            async with anyio.create_task_group() as everybody:
                for recipient in self._open:
                    everybody.start_soon(one, recipient)
        return (*failed, *(Failed(*each) for each in self._open.items()))

    def left(self) -> tuple[Failed, ...]:
        """Who was not told yet when everything was cancelled."""
        return tuple(Failed(recipient, "left before it was delivered") for recipient in self._open)

    async def _one(self, recipient: Recipient) -> str:
        memory = Memory(self._around.state, self._cycle, recipient.key)
        # Another run that ends at this moment may be telling the same; it is news only once.
        while (held := memory.hold()) is None:  # noqa: ASYNC110 - it is another process that lets go
            await anyio.sleep(_LOOK_S)
        with held:
            newer = ""
            try:
                before = memory.read()
            except NewerFormat as fault:
                before, newer = None, f"{fault}; it was told, and that is not remembered"
            decision = self._decide(recipient, before)
            match decision:
                case Keep(_, then):
                    problem = ""
                case Announce(kind, then):
                    problem = await self._tell(recipient, kind, before)
            if not problem and not newer and then is not None and then != before:
                memory.write(then, recipient.shown)
            return problem or newer * isinstance(decision, Announce)

    def _decide(self, recipient: Recipient, before: Announced | None) -> Decision:
        finished = self._record.finished
        if finished is None:
            return Keep("the run has no end", before)
        return decide(recipient.on, finished.verdict, before, self._now, partial=bool(finished.selection))

    async def _tell(self, recipient: Recipient, kind: str, before: Announced | None) -> str:
        message = summarise(self._record, self._previous, News(kind, before, self._now, self._evidence))
        assert message is not None
        masked = cast("dict[str, object]", _masked(dict(message), self._mask))
        return self._mask(await have_told(recipient, masked, self._around))


def _masked(value: object, mask: Callable[[str], str]) -> object:
    match value:
        case str():
            return mask(value)
        case dict():
            return {key: _masked(each, mask) for key, each in value.items()}
        case list():
            return [_masked(each, mask) for each in value]
        case _:
            return value
