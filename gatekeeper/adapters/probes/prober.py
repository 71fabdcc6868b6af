"""Owns the probes as one thing that can be handed to whoever asks them, with the run's secrets hidden."""

from __future__ import annotations

import math
from typing import NamedTuple

from gatekeeper.adapters.probes import ask as asking
from gatekeeper.adapters.probes.words import Mask
from gatekeeper.model.outcome import ProbeResult
from gatekeeper.model.plan import Check, Probe


class Prober(NamedTuple):
    """Asks probes; whatever is said of them went through `mask`."""

    mask: Mask = str

    async def ask(self, probe: Probe, *, timeout_s: float, cwd: str) -> ProbeResult:
        """Ask once, for at most `timeout_s` in all."""
        return await asking.ask(probe, timeout_s=timeout_s, cwd=cwd, mask=self.mask)

    async def ask_until(self, check: Check, *, cwd: str, left_s: float = math.inf) -> ProbeResult:
        """Ask until the check is met or its `within_s` is over; once where that is 0; never beyond `left_s`."""
        return await asking.ask_until(check, cwd=cwd, left_s=left_s, mask=self.mask)

    def warm_up(self) -> None:
        """Begin to import what the first HTTP probe needs; returns at once."""
        asking.warm_up()
