"""Owns telling that runs are missing which should have come by themselves."""

from __future__ import annotations

import time

from gatekeeper.adapters.nightly.heartbeats import heartbeats
from gatekeeper.cli.nightly.words import offset_at
from gatekeeper.policy.nightly.heartbeat import missed


def missing_runs(state: str) -> tuple[str, ...]:
    """A line for each cycle of which an unattended run is missing; nothing where none is."""
    found = (missed(beat, time.time(), offset_at) for beat in heartbeats(state))
    return tuple(str(gone) for gone in found if gone is not None)
