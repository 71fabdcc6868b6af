"""Owns reading what a brief tells of kept outputs and dossiers: masked, bounded. Chooses nothing itself."""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress

from gatekeeper.model.events import StepFinished
from gatekeeper.model.plan import StepId
from gatekeeper.policy.brief.excerpt import RANK, excerpt_of
from gatekeeper.policy.brief.facts import Excerpt
from gatekeeper.policy.brief.gathering import SeenOutput, marks_of
from gatekeeper.policy.masking import Masker
from gatekeeper.policy.terminal_text import settled

_STEPS = 10
_PART = 4 << 20
_DOSSIER = 1 << 20
_PROCESSES = 10


def seen_of(folder: str, failing: tuple[StepFinished, ...], masker: Masker) -> dict[StepId, SeenOutput]:
    """What matters of the first failing steps' files in a run's `folder`; what cannot be read is left out."""
    return {
        StepId(event.gate, event.step): SeenOutput(
            _excerpt(folder, event, masker),
            _dossier(folder, event),
            os.path.join(folder, event.output) if event.output is not None else "",
        )
        for event in failing[:_STEPS]
    }


def _excerpt(folder: str, event: StepFinished, masker: Masker) -> Excerpt:
    if event.output is None:
        return Excerpt()
    head, tail, skipped = _ends(os.path.join(folder, event.output))
    marks, number = marks_of(event), 1 + head.count(b"\n") + skipped
    if not skipped:
        return excerpt_of(_lines(head + tail, masker), marks)
    last = _lines(tail, masker)
    total = number + len(last) - 1
    found = (excerpt_of(_lines(head, masker), marks, 1, total), excerpt_of(last, marks, number, total))
    return min(found, key=lambda each: RANK.index(each.about))


def _ends(path: str) -> tuple[bytes, bytes, int]:
    """The beginning of a file, its end (empty where that is all), and how many lines lie between them."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b"", b"", 0
    with suppress(OSError), open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return b"", b"", 0
        head = file.read(_PART)
        skipped, left = 0, found.st_size - len(head) - _PART
        while left > 0 and (part := file.read(min(left, _PART))):
            skipped += part.count(b"\n")
            left -= len(part)
        return head, file.read(_PART), skipped
    return b"", b"", 0


def _lines(part: bytes, masker: Masker) -> list[str]:
    # A secret may lie across the ends of lines, and colours may stand in it: masked before and after.
    text = masker.mask(part.decode("utf-8", "replace"), cut=True)
    return masker.mask(settled(text, "")).splitlines()


def _dossier(folder: str, event: StepFinished) -> tuple[str, ...]:
    if event.dossier is None:
        return ()
    with suppress(OSError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
        with open(os.path.join(folder, event.dossier), "rb") as file:
            found = json.loads(file.read(_DOSSIER))
        return (str(found["why"]), *(_process(one) for one in found["processes"][:_PROCESSES]))
    return ()


def _process(one: dict[str, object]) -> str:
    argv = one.get("argv")
    name = " ".join(map(str, argv)) if isinstance(argv, list) else ""
    facts = [
        f"{key.replace('_', ' ')} {one[key]}" for key in ("state", "waits_for", "target", "listening") if key in one
    ]
    return f"pid {one.get('pid')}: {name[:200]} ({', '.join(facts)})"
