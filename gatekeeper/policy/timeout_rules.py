"""Owns timeout(1)'s rules: which signals ask a command to end, and what one leaves with when it has ended."""

from __future__ import annotations

import signal

from gatekeeper.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.policy.guard_line import GuardLine

TIMED_OUT = 124
FAILED = 125
NOT_INVOKED = 126
NOT_FOUND = 127

ASKING = frozenset({signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM})
"""What asks a command to end, beside the signal of the command line."""

HEEDED = ASKING | {signal.SIGALRM}
"""What is heeded in any case; SIGALRM means that the time is over."""


class Leave(NamedTuple):
    """Leave with `code`; but where there is a `signal`, die of that, and with `code` only if that cannot be."""

    code: int
    signal: int = 0


def leave(line: GuardLine, *, code: int, died_of: int, timed_out: bool) -> Leave:
    """How to leave after a command that exited with `code`, or was ended by the signal `died_of`."""
    if died_of:
        code = 128 + died_of
    if not timed_out:
        return Leave(code, died_of)
    # That it had to be killed shows in any case.
    return Leave(code if line.preserve_status or died_of == signal.SIGKILL else TIMED_OUT)
