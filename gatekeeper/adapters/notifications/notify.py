"""Owns telling everybody who wants to know how a run ended. Changes no verdict and never raises."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import anyio

from gatekeeper.adapters.notifications.chat import tell
from gatekeeper.adapters.notifications.occasions import is_wanted
from gatekeeper.adapters.notifications.summary import Summary, summarise
from gatekeeper.adapters.notifications.target import scheme_of, shown
from gatekeeper.adapters.notifications.webhook import post
from gatekeeper.model.cycle_parts import Notification
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.masking import MASK

WITHIN_S = 10.0
"""How long all notifications of a run may take together, in seconds."""

Notifier: TypeAlias = Callable[[str, Summary], Awaitable[str]]

NOTIFIERS: dict[str, Notifier] = {"http": post, "https": post}
"""Who delivers to which scheme; all others are apprise's."""


async def notify(
    notifications: tuple[Notification, ...],
    record: RunRecord,
    *,
    previous: str | None,
    within_s: float = WITHIN_S,
) -> tuple[str, ...]:
    """Tell every target whose ``on:`` fits, all at once; returns what went wrong, a sentence each.

    `notifications` are bound: an empty target means nobody. `previous` is the cycle's verdict before this run, or None.
    """
    summary = summarise(record, previous)
    if summary is None:
        return ()
    targets = [to for to, on in notifications if to.strip() and is_wanted(on, summary["verdict"], previous)]
    problems: dict[str, str] = dict.fromkeys(targets, f"it was not delivered within {within_s:g} s")
    with anyio.move_on_after(within_s):
        async with anyio.create_task_group() as everybody:
            for target in problems:
                everybody.start_soon(_tell_one, target.strip(), target, summary, problems)
    return tuple(
        f"the notification to {shown(target.strip())} failed: {_without(target.strip(), problem)}"
        for target, problem in problems.items()
        if problem
    )


async def _tell_one(address: str, target: str, summary: Summary, problems: dict[str, str]) -> None:
    scheme = scheme_of(address)
    if not scheme:
        problems[target] = "it is not a URL; write https://… for a webhook, or an apprise URL such as tgram://…"
        return
    deliver = NOTIFIERS.get(scheme, tell)
    try:
        problems[target] = await deliver(address, summary)
    except Exception as fault:  # noqa: BLE001 - apprise has a hundred plugins, and none may change a verdict
        problems[target] = f"{type(fault).__name__}: {fault}"


def _without(target: str, problem: str) -> str:
    """`problem` as one line in which no part of the target is left that could be its token."""
    parts = {target, *target.partition("://")[2].replace("?", "/").replace("@", "/").split("/")}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= 6:
            problem = problem.replace(part, MASK)
    return " ".join(problem.split())[:300]
