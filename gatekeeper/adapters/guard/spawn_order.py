"""Owns putting an order for the guard into what a guardian is sent. Starts nothing."""

from __future__ import annotations

from gatekeeper.adapters.guard import leader, sweep
from gatekeeper.adapters.guard.line import Held
from gatekeeper.adapters.guard.wire import SpawnOrder
from gatekeeper.model.containment import GuardOrder


def entrusted(order: GuardOrder, held: Held) -> SpawnOrder:
    """What a guardian is told of `order`, with the cookie of `held` in its environment.

    Its folder is filled in when it is known which guardian takes it: all else can be put together before.
    """
    return SpawnOrder(
        command=leader.packed(order.argv, order.cwd, sweep.with_cookie(order.environ, held.cookie)),
        cwd=order.cwd,
        grace_s=order.grace_s,
        keep=order.keep is not None,
        limits=tuple(order.limits),
        masked=order.masked,
        name=order.argv[0] if order.argv else "",
        output=order.output,
        private="",
        private_names=order.private,
        quiet_s=order.quiet_s,
        serial=held.serial,
        timeout_s=order.timeout_s,
        tty=order.tty,
    )
