"""Owns keeping what was measured on a base ref, so that the same commit is not run twice. Knows no git and no run.

What is kept is a baseline's text under a name that stands for everything it depends on, behind its own digest. What
does not hold together is as if it were not there: it is measured again.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress

from gatekeeper.adapters.baselines.parsing import LARGEST, parse_baseline
from gatekeeper.adapters.baselines.writing import VERSION, baseline_text
from gatekeeper.model.baseline import Baseline, BaselineProblem, RecordedBaseline

_DIGEST = len(hashlib.sha256().hexdigest())


class MeasuredBaselines:
    """The measured baselines in a folder, by key."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def get(self, key: str, *, cycle: str, step: str, origin: str) -> Baseline | None:
        """What was measured, or None where nothing was, or what there is does not hold together."""
        try:
            descriptor = os.open(self._path(key), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
            with open(descriptor, "rb") as file:
                content = file.read(LARGEST + _DIGEST + 2)
        except OSError:
            return None
        digest, _, text = content.partition(b"\n")
        if digest.decode("ascii", "replace") != hashlib.sha256(text).hexdigest():
            return None
        match parse_baseline(text, origin, cycle=cycle, step=step):
            case RecordedBaseline(baseline=baseline):
                return baseline
            case BaselineProblem():
                return None

    def put(self, key: str, recorded: RecordedBaseline) -> None:
        """Keep what was measured. Where that cannot be written it is measured again next time."""
        text = baseline_text(recorded)
        beside = self._path(f".{key}.{os.getpid()}")
        with suppress(OSError):
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            with open(descriptor, "wb") as file:
                file.write(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
            os.replace(beside, self._path(key))

    def _path(self, key: str) -> str:
        return os.path.join(self._folder, f"{key}.measured")


def key_of(*parts: str) -> str:
    """A name that stands for all of `parts`, and for the format of what is kept under it."""
    digest = hashlib.sha256()
    for part in (str(VERSION), *parts):
        text = part.encode("utf-8", "surrogateescape")
        digest.update(b"%d:" % len(text) + text)
    return digest.hexdigest()
