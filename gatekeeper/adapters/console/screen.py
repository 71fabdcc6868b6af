"""Owns the terminal while a live view is on it: lines that stay, and below them a picture that is redrawn.

One thread does all the writing, so that neither rich nor a slow or stopped terminal ever holds up the run. The view
appears only after a moment: importing rich must not delay the first step, and a run that is over at once needs no
view. Knows no event.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable

from gatekeeper.adapters.console.leaving import Leaving
from gatekeeper.adapters.console.voice import Voice

TYPE_CHECKING = False
if TYPE_CHECKING:  # needed only once there is a view
    from gatekeeper.adapters.console.view import Picture, View

_EVERY_S = 0.1
_MANY = 12
_EVERY_S_OF_MANY = 0.25
_LEFT_WITHIN_S = 1.0
_CLOSED_WITHIN_S = 3.0
# Somebody who stopped the terminal (Ctrl-S) to read wants to see the end as well.
_READ_WITHIN_S = 600.0
_LOOK_EVERY_S = 0.05


class Screen:
    """A terminal. `picture` gives the live view, `press` is told which keys were pressed: in a thread of its own."""

    def __init__(
        self,
        voice: Voice,
        picture: Picture,
        *,
        colour: bool,
        appears_after_s: float,
        press: Callable[[str], None] = lambda _keys: None,
        asked: Callable[[], int] = int,
    ) -> None:
        self._voice = voice
        self._picture = picture
        self._press = press
        self._asked = asked
        self._asked_before: int | None = None
        self._colour = colour
        self._appears_after_s = appears_after_s
        self._appears_at: float | None = None
        self._thread: threading.Thread | None = None
        self._news = threading.Event()
        self._closing = threading.Event()
        self._patience_s = _CLOSED_WITHIN_S
        # Held while text is handed over, so that it keeps its order; never while anything is written.
        self._handing_over = threading.Lock()
        self._said: list[str] = []
        self._ended = False
        self._writing = threading.Lock()
        self._view: View | None = None
        self._away = False
        self._leaving = Leaving(self._leave, self._come_back)

    def begin(self) -> None:
        """Let the view appear soon; a second call changes nothing."""
        if self._appears_at is None:
            self._appears_at = time.monotonic() + self._appears_after_s
            self._leaving.watch()
            self._start()
            self._news.set()

    def write(self, text: str) -> None:
        """Write lines that stay, each with its end. Waits for nothing while the thread is there."""
        self._start()
        with self._handing_over:
            if not self._ended:
                self._said.append(text)
                self._news.set()
                return
        self._voice.say(text)

    def finish(self, last: str) -> None:
        """Take the view away and write what is `last`; waits for it a moment, and `close` for the rest.

        Whoever asks for an end from now on ends the waiting.
        """
        self.write(last)
        self._patience_s = _READ_WITHIN_S
        self._asked_before = self._asked()
        self._end(_LEFT_WITHIN_S)

    def close(self) -> None:
        """Take the view away and give the terminal back. What is said later is written at once."""
        # Bounded, because a terminal that was stopped holds the thread for as long as it likes.
        self._end(self._patience_s)
        self._let_go()
        if self._view is not None:
            self._view.terminal.give_back()
        self._leaving.end()
        atexit.unregister(self.close)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="gatekeeper-screen", daemon=True)
            self._thread.start()
            atexit.register(self.close)

    def _end(self, within_s: float) -> None:
        """Wait until all is written; no longer where somebody asks for an end after the last word."""
        self._closing.set()
        self._news.set()
        until = time.monotonic() + within_s
        while (thread := self._thread) is not None and thread.is_alive():
            left = until - time.monotonic()
            if left <= 0 or (self._asked_before is not None and self._asked() > self._asked_before):
                break
            # In slices, because a wait goes on after a signal.
            thread.join(min(left, _LOOK_EVERY_S))

    def _let_go(self) -> None:
        """Have the thread end: one that still writes would hold up the interpreter as it does us."""
        for drop in (False, True):
            if self._thread is not None and self._thread.is_alive():
                from gatekeeper.adapters.console.terminal import let_go

                let_go(self._voice.fileno(), drop=drop)
                self._thread.join(_LEFT_WITHIN_S)

    def _work(self) -> None:
        try:
            while not self._closing.is_set() and (before_s := self._before_it_appears()) != 0:
                self._news.wait(before_s)
                self._news.clear()
                self._voice.say(self._taken())
            if not self._closing.is_set():
                self._show()
        finally:
            with self._handing_over:
                self._ended = True
            self._voice.say(self._taken())

    def _before_it_appears(self) -> float | None:
        return None if self._appears_at is None else max(self._appears_at - time.monotonic(), 0)

    def _show(self) -> None:
        from gatekeeper.adapters.console.above import errors_above
        from gatekeeper.adapters.console.view import View

        with errors_above(self.write, self._voice):
            try:
                self._view = view = View(self._voice, colour=self._colour)
                every_s = 0.0
                while not self._closing.wait(every_s):
                    if keys := view.terminal.keys():
                        self._press(keys)
                    every_s = _EVERY_S if self._frame(view) <= _MANY else _EVERY_S_OF_MANY
            except Exception as fault:  # noqa: BLE001 - whatever is wrong with the picture, the run has more to say
                self.write(f"gatekeeper: the live view is given up ({fault!r}); the run goes on\n")
            finally:
                if self._view is not None:
                    with self._writing:
                        self._view.leave(self._taken())

    def _frame(self, view: View) -> int:
        with self._writing:
            return 0 if self._away else view.draw(self._taken(), self._picture)

    def _taken(self) -> str:
        with self._handing_over:
            said, self._said = self._said, []
        return "".join(said)

    def _leave(self) -> None:
        """Called by a signal: whoever writes may be held by the terminal, and is not waited for long."""
        self._away = True
        written = self._writing.acquire(timeout=_LEFT_WITHIN_S)
        try:
            if (view := self._view) is not None:
                view.leave() if written else view.terminal.give_back()
        finally:
            if written:
                self._writing.release()

    def _come_back(self) -> None:
        self._away = False
