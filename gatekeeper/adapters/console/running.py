"""Owns following what runs: steps and help, since when, and what they print. Draws nothing."""

from __future__ import annotations

from gatekeeper.adapters.console.frame import Row
from gatekeeper.adapters.console.spans import clean
from gatekeeper.adapters.console.tail import Tail
from gatekeeper.adapters.console.usual import Usual
from gatekeeper.model.plan import StepId


class Running:
    """A step that runs, or help. `about` stands where it has no growing output."""

    def __init__(
        self, step: StepId, timeout_s: float, now: float, *, about: str = "", tail: Tail | None = None, attempt: int = 1
    ) -> None:
        self.step = step
        self._timeout_s = timeout_s
        self._since = now
        self._about = clean(about)
        self._tail = tail
        self._attempt = attempt

    @property
    def name(self) -> str:
        """What it is called."""
        return clean(f"{self.step.gate}/{self.step.step}" if self.step.gate else self.step.step)

    def newest(self, most: int) -> tuple[str, ...]:
        """Its last lines, at most so many. To be asked once for a frame: see `Tail.last_lines`."""
        if self._tail is not None:
            return self._tail.last_lines(most)
        return (self._about,) if self._about and most else ()

    def elapsed_s(self, now: float) -> float:
        """How long it has been running."""
        return now - self._since

    def row(self, now: float, last: str, usual: Usual | None, about: tuple[str, ...]) -> Row:
        """What is shown of it now."""
        gate, step = map(clean, self.step)
        return Row(gate, step, self.elapsed_s(now), self._timeout_s, last.strip(), self._attempt, usual, about)
