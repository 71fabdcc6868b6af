"""Owns what somebody at the keyboard wants to see: whose output, and which keys there are. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.model.plan import StepId

_NEXT = frozenset("t\r\n\t")
_NONE = frozenset("x\x1b")
HINT = "? keys"
ALL_KEYS = "t output, again: of the next step   x no output   ? hide this   Ctrl-C end"
ALL_KEYS_SHORTLY = "t output  x none  ? hide  Ctrl-C end"


class Watched:
    """Whose output is shown, as keys say. When that step ends, another one that runs takes its place."""

    def __init__(self) -> None:
        self._wanted = False
        self._step: StepId | None = None
        self._running: tuple[StepId, ...] = ()
        self.explained = False
        """Whether all keys are told."""

    def press(self, keys: str) -> None:
        """Obey what was pressed; a key that means nothing does nothing."""
        if keys.startswith("\x1b") and len(keys) > 1:
            return  # an arrow, or another key that sends a sequence
        for key in keys:
            if key == "?":
                self.explained = not self.explained
            elif key in _NONE:
                self._wanted = False
            elif key in _NEXT:
                self._next()

    def of(self, running: Sequence[StepId]) -> StepId | None:
        """The one of those running whose output is to be shown; None for none."""
        self._running = tuple(running)
        if not self._wanted or not self._running:
            return None
        if self._step not in self._running:
            self._step = self._running[0]
        return self._step

    def _next(self) -> None:
        """The first one, then each after the other, then none."""
        after = self._running.index(self._step) + 1 if self._wanted and self._step in self._running else 0
        self._wanted = after < len(self._running) or not self._wanted
        self._step = self._running[after] if after < len(self._running) else None
