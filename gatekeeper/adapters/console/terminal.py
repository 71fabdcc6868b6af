"""Owns the settings of a terminal while a live view is on it: its size, who has it, and keys without Enter.

Keys are read only where standard input is the very terminal that is drawn on and we are in its foreground; nothing
here can stop us as a job in the background that touches its terminal would be stopped. Draws nothing.
"""

from __future__ import annotations

import os
import select
import signal
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_SIZE = (80, 24)
_INPUT = 0
_LOCAL, _SPECIAL = 3, 6
_CHANGED = termios.ICANON | termios.ECHO
_MOST_KEYS = 64


class Terminal:
    """The terminal at `descriptor`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._before: tuple[int, bytes | int, bytes | int] | None = None
        self._asks = same_terminal(_INPUT, descriptor)

    @property
    def hears_keys(self) -> bool:
        """Whether keys are given to us as they are pressed."""
        return self._before is not None

    def size(self) -> tuple[int, int]:
        """Columns and rows, now; what is usual where the terminal does not say."""
        try:
            columns, rows = os.get_terminal_size(self._descriptor)
        except (OSError, ValueError):
            return _SIZE
        return columns or _SIZE[0], rows or _SIZE[1]

    def ours(self) -> bool:
        """Whether we may draw: not while a shell, or another job, has the terminal."""
        try:
            return os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except OSError:
            return True  # it controls no session of ours: nobody else can be in its foreground

    def take(self) -> None:
        """Have keys given to us at once, and not shown. Signals of keys (Ctrl-C, Ctrl-Z) stay what they are."""
        if self._before is not None or not self._asks or not self._in_its_foreground():
            return
        with suppress(OSError, termios.error), _never_stopped():
            settings = termios.tcgetattr(_INPUT)
            local, special = settings[_LOCAL], settings[_SPECIAL]
            before = local & _CHANGED, special[termios.VMIN], special[termios.VTIME]
            settings[_LOCAL] = local & ~_CHANGED
            special[termios.VMIN], special[termios.VTIME] = 1, 0
            termios.tcsetattr(_INPUT, termios.TCSANOW, settings)
            self._before = before

    def give_back(self) -> None:
        """Put back what `take` changed, and nothing else. Never waits, also where output was stopped (Ctrl-S)."""
        before, self._before = self._before, None
        # Whoever has it in its foreground by now (a shell, at its prompt) has settings of its own.
        if before is None or not self._in_its_foreground():
            return
        with suppress(OSError, termios.error), _never_stopped():
            settings = termios.tcgetattr(_INPUT)
            local, *special = before
            settings[_LOCAL] |= local
            settings[_SPECIAL][termios.VMIN], settings[_SPECIAL][termios.VTIME] = special
            termios.tcsetattr(_INPUT, termios.TCSANOW, settings)

    def keys(self) -> str:
        """What was pressed since the last time; waits for nothing."""
        if self._before is None or not self._in_its_foreground():
            return ""
        with suppress(OSError), _never_stopped():
            if select.select([_INPUT], [], [], 0)[0]:
                return os.read(_INPUT, _MOST_KEYS).decode("utf-8", "replace")
        return ""

    def _in_its_foreground(self) -> bool:
        try:
            return os.tcgetpgrp(_INPUT) == os.getpgrp()
        except OSError:
            return False


def same_terminal(one: int, other: int) -> bool:
    """Whether two descriptors are one and the same terminal."""
    try:
        return os.isatty(one) and os.isatty(other) and os.fstat(one).st_rdev == os.fstat(other).st_rdev
    except OSError:
        return False


def let_go(descriptor: int, *, drop: bool) -> None:
    """Have a terminal that somebody stopped (Ctrl-S) go on; `drop` what it has not shown yet, where nobody reads it."""
    with suppress(OSError, termios.error), _never_stopped():
        # It goes on only after what it believes to be a stop of ours.
        termios.tcflow(descriptor, termios.TCOOFF)
        termios.tcflow(descriptor, termios.TCOON)
        if drop:
            termios.tcflush(descriptor, termios.TCOFLUSH)


@contextmanager
def _never_stopped() -> Iterator[None]:
    """Between a look at who has the foreground and what is done then, it may change: then an error is better."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTTIN, signal.SIGTTOU))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
