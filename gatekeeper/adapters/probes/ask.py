"""Owns the register of probe kinds, asking one once, and asking one until it is met. Judges no step.

Never raises for what was (not) answered: every probe ends as a `ProbeResult` with a problem in words.
"""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import anyio

from gatekeeper.adapters.probes.file import ask_file
from gatekeeper.adapters.probes.http import ask_http
from gatekeeper.adapters.probes.tcp import ask_tcp
from gatekeeper.adapters.probes.words import Mask, seconds
from gatekeeper.model.outcome import ProbeResult
from gatekeeper.model.plan import Check, FileProbe, HttpProbe, Probe, TcpProbe

ONCE_S = 10.0
"""How long a check that is asked only once may take to be answered."""

_PATIENCE_S = 5.0
_FIRST_PAUSE_S = 0.010
_LONGEST_PAUSE_S = 0.500


class _Asks(Protocol):
    async def __call__(self, probe: Any, *, timeout_s: float, cwd: str, mask: Mask) -> ProbeResult:  # noqa: ANN401 - see REGISTER
        ...


REGISTER: dict[type[Probe], _Asks] = {HttpProbe: ask_http, TcpProbe: ask_tcp, FileProbe: ask_file}
"""How each kind of probe is asked; each function takes the kind that it stands beside."""


async def ask(probe: Probe, *, timeout_s: float, cwd: str, mask: Mask = str) -> ProbeResult:
    """Ask `probe` once, for at most `timeout_s` seconds in all. Texts come back masked; captures do not."""
    result = await REGISTER[type(probe)](probe, timeout_s=max(timeout_s, 0.001), cwd=cwd, mask=mask)
    return result._replace(request=mask(result.request), expected=mask(result.expected), problem=mask(result.problem))


async def ask_until(
    check: Check,
    *,
    cwd: str,
    left_s: float = math.inf,
    mask: Mask = str,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> ProbeResult:
    """Ask the check's probe again and again, until it is met or `within_s` is over; with 0, ask once.

    `left_s` bounds it in any case. Pauses grow from 10 ms to 500 ms; who asks by ``Retry-After`` for a longer one gets
    it, but is asked once more in the last moment. One unanswered request is given up after some seconds and asked
    again, because a service that is starting may accept a connection that it will never serve.
    """
    if check.within_s <= 0:
        return await ask(check.probe, timeout_s=min(ONCE_S, left_s), cwd=cwd, mask=mask)
    started, within = monotonic(), min(check.within_s, left_s)
    patience = max(_PATIENCE_S, 2 * _wanted_within(check.probe))
    pause = _FIRST_PAUSE_S
    answered: ProbeResult | None = None
    times = 0
    while True:
        times += 1
        left = within - (monotonic() - started)
        result = await ask(check.probe, timeout_s=min(left, patience), cwd=cwd, mask=mask)
        if result.met:
            return result
        left = within - (monotonic() - started)
        if left > 0 or answered is None:
            answered = result
        # Otherwise the last request was cut by our own deadline, and what was answered before says more.
        if left > 0:
            # Closer together towards the end, so that what gets ready in the last moment is seen.
            next_s = min(pause, max(left / 2, _FIRST_PAUSE_S))
            await sleep(min(max(next_s, _held_back_s(result, left)), left))
            pause = min(pause * 1.6, _LONGEST_PAUSE_S)
        if monotonic() - started >= within:
            often = "asked once" if times == 1 else f"asked {times} times"
            return answered._replace(problem=f"{answered.problem}; {often} in {seconds(monotonic() - started)}")


def _held_back_s(result: ProbeResult, left: float) -> float:
    """For how long a server wants not to be asked; where that is too long, until it can be asked one last time."""
    asked_for_s = result.received.retry_after_s or 0.0
    if asked_for_s <= left:
        return asked_for_s
    return left - _LONGEST_PAUSE_S if left > _LONGEST_PAUSE_S else left


def _wanted_within(probe: Probe) -> float:
    return (probe.expect.within_s or 0.0) if isinstance(probe, HttpProbe) else 0.0
