"""Owns being one of several runs side by side: takes its order from whoever started it, and ends when that is gone.

The order is the first line of standard input. What comes after is nothing, until the other end is closed: by the one
who started it when the run is over, or by the kernel when that was killed. Then it is as if told to end (SIGTERM).
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
from typing import Any

from gatekeeper.cli.main import settled
from gatekeeper.cli.run import run_cycle
from gatekeeper.cli.run_request import RunRequest
from gatekeeper.cli.signals import REASONS, Signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_LONGEST_ORDER = 1 << 20


def order_line(request: RunRequest, at: str) -> bytes:
    """The order to make this run, on the commit `at` if one is named."""
    return json.dumps({"request": request._asdict(), "at": at}).encode() + b"\n"


def main() -> NoReturn:
    """Make the run that is ordered; leaves with its exit code. What it tells is the journal's lines."""
    gc.disable()
    signals = Signals()
    signals.install()
    # They were held back until there was somebody to hear them.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, REASONS)
    lifeline = os.dup(0)
    with open(lifeline, "rb", buffering=0, closefd=False) as orders:
        line = orders.readline(_LONGEST_ORDER)
    if not line.endswith(b"\n"):
        os._exit(143)  # whoever was to order something is gone already
    # Nothing that is started from here on reads what is not meant for it.
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    code = settled(lambda: _run(line, signals))
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or 3  # what was to be said was not said
    os._exit(code)


def _run(line: bytes, signals: Signals) -> int:
    order = json.loads(line)
    fields: dict[str, Any] = {name: _frozen(value) for name, value in order["request"].items()}
    try:
        return run_cycle(RunRequest(**fields), signals, order["at"])
    finally:
        signals.settle()


def _frozen(value: object) -> object:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _end_with(lifeline: int) -> None:
    while os.read(lifeline, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
