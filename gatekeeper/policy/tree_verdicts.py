"""Owns which verdicts may stand for a tree without another run, and for how long. Pure; reads no store and no clock."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import TypeAlias

from gatekeeper.model.events import RunFinished
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree_verdict import Subject, TreeVerdict
from gatekeeper.model.verdict import RunVerdict

NEVER_REUSED = 0.0
"""A time of reuse that says that each push and each question wants a run of its own."""


class Green(NamedTuple):
    """The tree is green, and this need not be shown again."""

    found: TreeVerdict


class Red(NamedTuple):
    """The tree was judged, and is red."""

    found: TreeVerdict


class Flaky(NamedTuple):
    """It failed and passed on this very tree: never reused."""

    found: TreeVerdict


class Unknown(NamedTuple):
    """Nothing that holds is known of the tree; `why` in words. `found` is what once held, or said nothing."""

    why: str
    found: TreeVerdict | None = None


Standing: TypeAlias = Green | Red | Flaky | Unknown


def key_of(subject: Subject) -> str:
    """The name under which a verdict is kept: the same for the same subject only."""
    return hashlib.sha256(json.dumps(subject, ensure_ascii=True).encode()).hexdigest()


def is_kept(finished: RunFinished) -> bool:
    """Whether a run's verdict speaks of the whole cycle on one tree, so that others may ask for it."""
    judged = finished.verdict != RunVerdict.ABORTED and finished.tree.startswith("sha256:")
    return judged and not finished.selection


def standing(found: TreeVerdict | None, *, now: str, reuse_s: float) -> Standing:
    """What a kept verdict says at `now` (UTC, ISO 8601), where verdicts hold for `reuse_s` seconds."""
    if found is None:
        return Unknown("no run has judged this tree with this definition, among these programs and values")
    match found.verdict:
        case RunVerdict.RED:
            return Red(found)
        case RunVerdict.FLAKY:
            return Flaky(found)
        case RunVerdict.GREEN | RunVerdict.GREEN_AFTER_FIX:
            age_s = (datetime.fromisoformat(now) - datetime.fromisoformat(found.time)).total_seconds()
            if reuse_s == NEVER_REUSED:
                return Unknown("the definition says `reuse: never`", found)
            if not 0 <= age_s <= reuse_s:
                when = "from the future" if age_s < 0 else "too old"
                return Unknown(f"the verdict of {found.run} is {when}", found)
            return Green(found)
        case _:
            return Unknown(f"{found.run} could not judge it: it was {found.verdict}", found)
