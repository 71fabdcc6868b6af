"""Owns what an agent's tool hands over: its input, read in bounded time and size, and which project it is about."""

from __future__ import annotations

import os
import select
import sys
import time

from gatekeeper.cli.project import cycles, find_root
from gatekeeper.model.errors import UsageError
from gatekeeper.policy.agents.protocol import LARGEST, Asked, Protocol

_WITHIN_S = 5.0
_PROJECT = {"claude": "CLAUDE_PROJECT_DIR", "cursor": "CURSOR_PROJECT_DIR"}


def read_input() -> bytes:
    """Standard input to its end, at most a byte more than it may have; what has come where nobody ends it in time."""
    descriptor, deadline, parts, left = sys.stdin.fileno(), time.monotonic() + _WITHIN_S, [], LARGEST + 1
    if os.isatty(descriptor):
        return b""
    while left and select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
        part = os.read(descriptor, min(left, 1 << 16))
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def project_of(protocol: Protocol, asked: Asked) -> str:
    """The root of the project that the agent works in. Raises `UsageError` where no folder belongs to one.

    What the tool calls its project comes before where its agent stands at the moment, which the agent chooses.
    """
    named = os.environ.get(_PROJECT.get(protocol, ""), "")
    for folder in (named, *asked.folders, _here()):
        if folder and os.path.isdir(folder) and (root := find_root(folder)) is not None:
            return root
    raise UsageError("neither the agent's folder nor any above it holds gates/")


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:  # somebody has removed it
        return ""


def cycle_of(root: str, named: str | None) -> str:
    """The cycle that is meant. Raises `UsageError` where that is not the only one, and none is named."""
    if named:
        return named
    there = cycles(root)
    if len(there) != 1:
        raise UsageError(f"--cycle says which cycle: there is {', '.join(there) or 'none in gates/ yet'}")
    return there[0]


def elsewhere(root: str, asked: Asked) -> str:
    """Where the agent stands, if that is outside of the project at `root`; else empty."""
    if not asked.folders:
        return ""
    real, here = os.path.realpath(root), os.path.realpath(asked.folders[-1])
    return "" if here == real or here.startswith(real + os.sep) else here
