"""Owns how far each gate is in the round that goes on. Pure; knows no time and no stream."""

from __future__ import annotations

from gatekeeper.adapters.console.words import style_of
from gatekeeper.model.events import RoundStarted, RunStarted, StepFinished
from gatekeeper.model.plan import StepId

_WORST = ("bad", "warn", "dim", "good")


class Gates:
    """Follows the steps of a run. What it tells of gates as a whole it knows only in a round over all of them."""

    def __init__(self, started: RunStarted | None = None) -> None:
        self._planned: dict[str, list[str]] = {}
        self._tiers: dict[str, str] = {}
        for step in started.steps if started is not None else ():
            self._planned.setdefault(step.gate, []).append(step.step)
            self._tiers[step.gate] = step.tier
        self._whole = False
        self._verdicts: dict[StepId, str] = {}

    @property
    def done(self) -> int:
        """How many steps of the round have ended."""
        return len(self._verdicts)

    def begin(self, event: RoundStarted) -> None:
        """A round begins."""
        self._whole = event.steps == sum(map(len, self._planned.values()))
        self._verdicts = {}

    def end(self, event: StepFinished) -> None:
        """A step has ended, or will not run."""
        self._verdicts[StepId(event.gate, event.step)] = event.verdict

    def about(self, gate: str) -> tuple[str, ...]:
        """What there is to say of a gate one of whose steps runs: how far it is, what failed, its tier."""
        steps = self._planned.get(gate, [])
        verdicts = self._verdicts_of(gate)
        failed = sum(style_of(verdict) == "bad" for verdict in verdicts)
        tier = self._tiers.get(gate, "required")
        words = (
            f"step {len(verdicts) + 1} of {len(steps)}" if self._whole and len(steps) > max(len(verdicts), 1) else "",
            f"{failed} failed" if failed else "",
            tier if tier != "required" else "",
        )
        return tuple(filter(None, words))

    def ended(self) -> tuple[tuple[str, str], ...]:
        """The gates that have ended, each with the verdict that stands out in it."""
        return tuple(
            (gate, min(verdicts, key=lambda verdict: _WORST.index(style_of(verdict) or "good")))
            for gate, steps in self._planned.items()
            if self._whole and len(verdicts := self._verdicts_of(gate)) == len(steps)
        )

    def to_come(self) -> tuple[str, ...]:
        """The gates of which no step has ended yet; some of them may be running."""
        return tuple(gate for gate in self._planned if self._whole and not self._verdicts_of(gate))

    def steps_left(self) -> tuple[StepId, ...] | None:
        """The steps of the round that have not ended; None where nobody can know which they are."""
        planned = [StepId(gate, step) for gate, steps in self._planned.items() for step in steps]
        return tuple(step for step in planned if step not in self._verdicts) if self._whole else None

    def _verdicts_of(self, gate: str) -> list[str]:
        steps = (StepId(gate, step) for step in self._planned.get(gate, ()))
        return [self._verdicts[step] for step in steps if step in self._verdicts]
