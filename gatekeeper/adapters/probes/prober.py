"""Owns the probes as one thing that can be handed to whoever asks them, with the run's secrets hidden."""

import math
from collections.abc import Callable

from gatekeeper.model.outcome import ProbeResult
from gatekeeper.model.plan import Check, Probe
from gatekeeper.model.record import NamedTuple


class Prober(NamedTuple):
    """Asks probes; whatever is said of them went through `mask`."""

    mask: Callable[[str], str] = str

    async def ask(self, probe: Probe, *, timeout_s: float, cwd: str) -> ProbeResult:
        """Ask once, for at most `timeout_s` in all."""
        from gatekeeper.adapters.probes.ask import ask

        return await ask(probe, timeout_s=timeout_s, cwd=cwd, mask=self.mask)

    async def ask_until(self, check: Check, *, cwd: str, left_s: float = math.inf) -> ProbeResult:
        """Ask until the check is met or its `within_s` is over; once where that is 0; never beyond `left_s`."""
        from gatekeeper.adapters.probes.ask import ask_until

        return await ask_until(check, cwd=cwd, left_s=left_s, mask=self.mask)

    def warm_up(self) -> None:
        """Begin to import what the first HTTP probe needs; returns at once."""
        from threading import Thread

        Thread(target=_import_all, name="gatekeeper-warm-up").start()


def _import_all() -> None:
    import httpx  # noqa: F401 - the import is the work

    import gatekeeper.adapters.probes.ask  # noqa: F401 - as above
