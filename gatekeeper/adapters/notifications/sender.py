"""Owns telling one target, in a process of its own: it may hang, leak or crash there as it likes, and harms nobody.

The order comes on standard input, because others see arguments: nobody sees the target. The only thing that is ever
said is one JSON object on what was standard output; what libraries print goes nowhere. The process ends when its time
is over, by the kernel's alarm, and when whoever started it is gone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time

from gatekeeper.adapters.notifications.chat import tell
from gatekeeper.adapters.notifications.tried import Tried
from gatekeeper.adapters.notifications.webhook import post
from gatekeeper.policy.recipients import is_web, scheme_of, without

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_LAST_WORDS_S = 2.0
"""How much later than its time a process that cannot speak any more is ended."""


def main() -> None:
    """Do what standard input asks for, and leave."""
    answer = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    order = json.loads(sys.stdin.buffer.readline())
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, order["within_s"] + _LAST_WORDS_S)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    tries, tried = deliver(
        order["target"], order["message"], within_s=order["within_s"], try_s=order["try_s"], pauses_s=order["pauses_s"]
    )
    said = {"problem": without(order["target"], tried.problem), "tries": tries}
    os.write(answer, json.dumps(said).encode())
    # Not by way of the interpreter's end, which would wait for a try that hangs; and with whatever a plugin started.
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def deliver(
    target: str, message: Mapping[str, Any], *, within_s: float, try_s: float, pauses_s: list[float]
) -> tuple[int, Tried]:
    """Try until it is delivered, refused for good, or `within_s` seconds are over; how often, and what came last.

    A try has `try_s` seconds; `pauses_s` are those between tries, and there is one try more than pauses.
    """
    if not scheme_of(target):
        return 0, Tried("it is not a URL; write https://… for a webhook, or an apprise URL such as tgram://…")
    until = time.monotonic() + within_s
    pauses = iter(pauses_s)
    tries = 0
    while True:
        tries += 1
        tried = _bounded(target, message, min(try_s, until - time.monotonic()))
        pause = next(pauses, None)
        if not tried.problem or not tried.again or pause is None:
            return tries, tried
        wait = max(pause, tried.after_s or 0.0)
        if time.monotonic() + wait >= until:
            asked = f", and asks to be left alone for {tried.after_s:g} s" if tried.after_s else ""
            return tries, tried._replace(problem=f"{tried.problem}{asked}")
        time.sleep(wait)


def _bounded(target: str, message: Mapping[str, Any], within_s: float) -> Tried:
    """One try, in a thread that is left behind where it takes too long."""
    came: list[Tried] = []

    def attempt() -> None:
        try:
            came.append((post if is_web(target) else tell)(target, message))
        except BaseException as fault:  # noqa: BLE001 - apprise has a hundred plugins, and some leave by SystemExit
            came.append(Tried(f"{type(fault).__name__}: {fault}", again=True))

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(max(0.0, within_s))
    return came[0] if came else Tried(f"there was no answer within {within_s:.3g} s", again=True)


def _leave_with_parent() -> None:
    # Whoever started us holds the other end for as long as it lives.
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    main()
