"""Owns who helps a run beside what it runs on. Knows no adapter."""

from __future__ import annotations

from gatekeeper.engine.alone import NoInputs, NothingKept, NothingKnown, NothingProven, NothingSettled
from gatekeeper.engine.ports import FixerCalls, FixProver, Inputs, Recogniser, Settler, Snapshots
from gatekeeper.model.record import NamedTuple


class Helpers(NamedTuple):
    """Who helps. Without `fixer` none is called."""

    recogniser: Recogniser = NothingKnown()
    snapshots: Snapshots = NothingKept()
    inputs: Inputs = NoInputs()
    prover: FixProver = NothingProven()
    settler: Settler = NothingSettled()
    fixer: FixerCalls | None = None
