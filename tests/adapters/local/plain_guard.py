"""A guard of the plainest kind, for tests of what stands around it: real processes, one group each, no containment."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import anyio

from gatekeeper.model.containment import GuardEnd, GuardOrder
from gatekeeper.model.outcome import Cancelled, DeadService, Exited, NotStarted, Outcome, Output, Signalled, TimedOut


class PlainGuard:
    """Runs commands in a process group; what is left in it lives on as a service, or is killed."""

    def __init__(self) -> None:
        self.orders: list[GuardOrder] = []
        self.groups: dict[str, int] = {}
        self.ended: list[str] = []
        self.last_lines: tuple[str, ...] = ()
        self.stops: list[bool] = []
        self.started = anyio.Event()
        self._stopped = anyio.Event()

    async def run(self, order: GuardOrder) -> GuardEnd:
        self.orders.append(order)
        began = time.monotonic()
        outcome: Outcome
        file = Path(order.output)
        with _appending(file) as output:
            try:
                process = await anyio.open_process(
                    order.argv,
                    cwd=order.cwd,
                    env=dict(order.environ),
                    stdin=None,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            except OSError as fault:
                return GuardEnd(NotStarted("command-not-found", str(fault)), 0.0, ("plain",))
        try:
            self.started.set()
            outcome = await self._watch(process, order)
        finally:
            kept = order.keep is not None and process.returncode == 0 and _alive(process.pid)
            if not kept:
                _kill(process.pid)
                with anyio.CancelScope(shield=True):
                    await process.aclose()
        if kept and order.keep is not None:
            self.groups[order.keep] = process.pid
        return GuardEnd(
            outcome,
            time.monotonic() - began,
            ("plain",),
            output=Output(order.output, _size(file), "sha256:0"),
            last_lines=_last_lines(file),
            service=kept,
        )

    async def _watch(self, process: anyio.abc.Process, order: GuardOrder) -> Outcome:
        ends: list[Outcome] = []
        async with anyio.create_task_group() as both:

            async def stopped() -> None:
                await self._stopped.wait()
                ends.append(Cancelled())
                both.cancel_scope.cancel()

            both.start_soon(stopped)
            with anyio.move_on_after(order.timeout_s):
                code = await process.wait()
                ends.append(Exited(code) if code >= 0 else Signalled(-code))
            both.cancel_scope.cancel()
        return ends[0] if ends else TimedOut(order.timeout_s, limit=order.limit)

    async def stop(self, *, now: bool) -> None:
        self.stops.append(now)
        self._stopped.set()

    async def kill_now(self) -> None:
        await self.stop(now=True)

    async def end_service(self, name: str) -> DeadService | None:
        self.ended.append(name)
        group = self.groups.pop(name, None)
        if group is None:
            return None
        _kill(group)
        return DeadService(name, self.last_lines)

    async def died_services(self) -> tuple[DeadService, ...]:
        died = [name for name, group in self.groups.items() if not _alive(group)]
        return tuple(DeadService(name, self.last_lines) for name in died)


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _appending(file: Path) -> BinaryIO:
    return file.open("ab")


def _size(file: Path) -> int:
    return file.stat().st_size


def _last_lines(file: Path) -> tuple[str, ...]:
    return tuple(file.read_text().splitlines()[-3:])
