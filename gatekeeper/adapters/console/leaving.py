"""Owns leaving a terminal in order when a key stops us (Ctrl-Z) or ends us at once, and coming back to it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType

_NUMBERS = (signal.SIGTSTP, signal.SIGQUIT)


class Leaving:
    """Calls `leave` before such a signal does what it does, and `back` where the process goes on afterwards."""

    def __init__(self, leave: Callable[[], None], back: Callable[[], None]) -> None:
        self._leave = leave
        self._back = back
        self._heard: list[signal.Signals] = []

    def watch(self) -> None:
        """Begin; who is not the main thread, or ignores a signal, is left alone."""
        if threading.current_thread() is threading.main_thread():
            self._heard = [number for number in _NUMBERS if signal.getsignal(number) is signal.SIG_DFL]
            for number in self._heard:
                signal.signal(number, self._handle)

    def end(self) -> None:
        """Let the signals do what they did before."""
        if threading.current_thread() is threading.main_thread():
            for number in self._heard:
                signal.signal(number, signal.SIG_DFL)
            self._heard = []

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self._leave()
        signal.signal(number, signal.SIG_DFL)
        # To this very thread: sent to the process, another thread might take it only after the next line.
        signal.pthread_kill(threading.get_ident(), number)
        signal.signal(number, self._handle)
        self._back()
