"""Owns where the baselines of steps lie, relative to the project root. Knows no content."""

from __future__ import annotations

import hashlib

from gatekeeper.model.plan import StepId

FOLDER = "gates/baselines"
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=,+.")
_LONGEST = 200


def baseline_file(cycle: str, step: StepId) -> str:
    """``gates/baselines/<cycle>/<gate>.<step>.json``, each step's own; what no file name should hold is ``%XX``."""
    # A dot in the gate's name would make `a.b` + `c` and `a` + `b.c` one.
    name = f"{_safe(step.gate).replace('.', '%2E')}.{_safe(step.step)}"
    if len(name) > _LONGEST:
        name = f"{name[: _LONGEST - 20]}~{hashlib.sha256(str(step).encode()).hexdigest()[:16]}"
    return f"{FOLDER}/{_safe(cycle)}/{name}.json"


def _safe(text: str) -> str:
    return "".join(c if c in _SAFE else "".join(f"%{byte:02X}" for byte in c.encode()) for c in text)
