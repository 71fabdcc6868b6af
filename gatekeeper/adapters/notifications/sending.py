"""Owns having one target told by a process that is bounded in time, and gone afterwards. Decides nothing."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys

from gatekeeper.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# What lies in the current folder is not imported in our place; what an extra installed is found as it is by us.
_START = (
    "import sys; sys.path.append(sys.argv.pop(1)); from gatekeeper.adapters.notifications.sender import main; main()"
)
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
_LATER_S = 5.0
"""How much longer than its order a sender may take: it starts, and its alarm comes late."""


class Patience(NamedTuple):
    """How long one target is tried, in seconds: all in all, one try, and the pauses between tries."""

    within_s: float = 30.0
    try_s: float = 8.0
    pauses_s: tuple[float, ...] = (1.0, 4.0)


async def send(target: str, message: Mapping[str, object], patience: Patience) -> str:
    """Have `target` told; returns a problem in words that hold nothing of the target, or nothing.

    Nothing of it is left when this returns, also when it is cancelled.
    """
    import anyio

    order = json.dumps(
        {
            "target": target,
            "message": message,
            "within_s": patience.within_s,
            "try_s": patience.try_s,
            "pauses_s": patience.pauses_s,
        }
    )
    try:
        process = await anyio.open_process(
            [sys.executable, "-P", "-c", _START, _ROOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Ctrl-C is for us: we end it.
            start_new_session=True,
        )
    except OSError as refused:
        return f"this machine refuses a process: {refused.strerror}"
    said = b""
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        with anyio.move_on_after(patience.within_s + _LATER_S):
            await process.stdin.send(f"{order}\n".encode())
            async for part in process.stdout:
                said += part
    except (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
        pass  # it died; what it said until then counts
    finally:
        with anyio.CancelScope(shield=True):
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            await process.aclose()
    return _problem(said, patience)


def _problem(said: bytes, patience: Patience) -> str:
    try:
        answer = json.loads(said)
        problem, tries = str(answer["problem"]), int(answer["tries"])
    except (ValueError, LookupError, TypeError):
        return f"it was not delivered within {patience.within_s:g} s"
    return f"{problem} (tried {tries} times)" if problem and tries > 1 else problem
