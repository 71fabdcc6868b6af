"""Steps that ask somebody, and what they are answered."""

from __future__ import annotations

from gatekeeper.model.outcome import Attempt, Probed, ProbeResult, Received
from gatekeeper.model.plan import HttpExpectation, HttpProbe, Step

API = "http://api.example.test/health"
OURS = "http://127.0.0.1:8000/health"
PLEA = 7.0


def asking(gate_name: str, url: str = API) -> Step:
    """The step `ask` of a gate, which asks whoever is at `url`."""
    return Step(gate_name, "ask", HttpProbe("GET", url, expect=HttpExpectation(status=(200,))), 60.0)


def answer(status: int | None, retry_after_s: float | None = None) -> Attempt:
    met = status == 200
    problem = "" if met else f"expected 200, received {status}"
    received = Received(status, 3.0, "", retry_after_s)
    return Attempt(Probed(met), 0.003, probe=ProbeResult("GET …", "status 200", received, met=met, problem=problem))


BUSY, GOOD = answer(503, PLEA), answer(200)
