"""Owns putting an order for the guard into what a guardian is sent. Starts nothing."""

from __future__ import annotations

from gatekeeper.adapters.guard.helpers import leader
from gatekeeper.adapters.guard.leftovers import sweep
from gatekeeper.adapters.guard.line import Held
from gatekeeper.adapters.guard.messages.wire import SpawnOrder
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
        masked=order.masked if order.strict else (),
        name=order.argv[0] if order.argv else "",
        output=order.output,
        piped=bool(order.strict and order.masked) or _opens_its_output(order.argv),
        private="",
        private_names=order.private,
        quiet_s=order.quiet_s,
        serial=held.serial,
        terminal=terminal_of(order),
        timeout_s=order.timeout_s,
    )


def _opens_its_output(argv: tuple[str, ...]) -> bool:
    """Whether a command names its own output, as ``echo … > /dev/stderr`` does: opening a file so would empty it."""
    return any(name in text for text in argv for name in _OWN_OUTPUT)


def terminal_of(order: GuardOrder) -> tuple[int, ...]:
    """The rows and columns of the terminal that `order` asks for, by its environment; empty where it asks for none."""
    if not order.tty:
        return ()
    environ = dict(order.environ)
    return tuple(
        int(text) if (text := environ.get(name, "")).isdecimal() and 0 < int(text) < _LONGEST else usual
        for name, usual in (("LINES", 24), ("COLUMNS", 80))
    )


_LONGEST = 1 << 15
_OWN_OUTPUT = ("/dev/stdout", "/dev/stderr", "/dev/fd/1", "/dev/fd/2", "/proc/self/fd/1", "/proc/self/fd/2")
