"""Owns asking whether a file is there and what it holds. Knows no network."""

from __future__ import annotations

import stat
import time
from pathlib import Path

import anyio.to_thread

from gatekeeper.adapters.probes.words import Mask, excerpt, seconds, shortened
from gatekeeper.model.outcome import ProbeResult, Received
from gatekeeper.model.plan import FileProbe

LARGEST = 16 << 20
"""How much of a file is looked through for a text, in bytes."""


async def ask_file(probe: FileProbe, *, timeout_s: float, cwd: str, mask: Mask) -> ProbeResult:
    """Look once. A relative path starts at `cwd`; symbolic links are followed."""
    expected = "is there" if probe.exists else "is not there"
    if probe.exists and probe.contains is not None:
        expected += f" and holds {shortened(probe.contains)!r}"
    started = time.monotonic()
    try:
        with anyio.fail_after(timeout_s):
            # A path may lie on a network that hangs, hence a thread that can be left behind.
            seen, problem = await anyio.to_thread.run_sync(_look, probe, Path(cwd, probe.path), abandon_on_cancel=True)
    except TimeoutError:
        seen, problem = "", f"{probe.path} could not be looked at within {seconds(timeout_s)}"
    received = Received(None, round((time.monotonic() - started) * 1000, 1), excerpt(seen, mask))
    return ProbeResult(f"file {shortened(mask(probe.path), 300)}", expected, received, met=not problem, problem=problem)


def _look(probe: FileProbe, path: Path) -> tuple[str, str]:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return "", f"{probe.path} is not there (looked at {path})" if probe.exists else ""
    except (OSError, ValueError) as error:
        return "", f"{probe.path} cannot be looked at: {getattr(error, 'strerror', None) or error}"
    if not probe.exists:
        return "", f"{probe.path} is there ({found.st_size} bytes)"
    if probe.contains is None:
        return "", ""
    if not stat.S_ISREG(found.st_mode):
        return "", f"{probe.path} is not a regular file, so it cannot hold {shortened(probe.contains)!r}"
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST).decode("utf-8", "replace")
    except OSError as error:
        return "", f"{probe.path} cannot be read: {error.strerror}"
    if probe.contains in text:
        return "", ""
    beyond = f" in its first {LARGEST >> 20} MiB" if found.st_size > LARGEST else ""
    return text, f"{probe.path} does not hold {shortened(probe.contains)!r}{beyond}"
