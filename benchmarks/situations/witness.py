"""Sees the end of whoever announced themselves: ``witness.py ANNOUNCED COUNT``. Knows nothing of how they are held.

Waits until so many have (see hostile.py; the last is the leader), takes a handle of each from the kernel, prints
``watching``, and then two times of the monotonic clock in nanoseconds: when the leader had ended, and when everybody
had. Zombies have ended. Runs under ``python -I -S``.
"""

import os
import select
import sys
import time


def lines() -> list[bytes]:
    """What was announced so far."""
    try:
        with open(sys.argv[1], "rb") as announced:
            return announced.read().splitlines()
    except FileNotFoundError:
        return []


def ended(handle: int) -> None:
    """Sleep until the process of this handle has ended."""
    poller = select.poll()
    poller.register(handle, select.POLLIN)
    poller.poll()


if __name__ == "__main__":
    while len(lines()) < int(sys.argv[2]):
        time.sleep(0.001)
    handles = [os.pidfd_open(int(line.split()[0])) for line in lines()]
    print("watching", flush=True)
    ended(handles.pop())
    leader = time.monotonic_ns()
    # Whoever is killed last is probably the youngest: to wait for it first is to be woken up least.
    while handles:
        ended(handles.pop())
    print(leader, time.monotonic_ns(), flush=True)
