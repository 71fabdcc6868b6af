"""Owns telling whether the kernel ended a command for want of memory beyond any limit of ours, and how sure that is.

The kernel's log names whom it killed, where we may read it. Otherwise there is only its count for the whole machine:
that it went up while the command ran is a reason to say "probably", and no more.
"""

from __future__ import annotations

import os

from gatekeeper.adapters.guard.system import procfs

_KILLED = b"Killed process "
_LONGEST_RECORD = 8192
_SLACK_S = 2.0
_ENOUGH = 200_000


def kills() -> int:
    """How many processes the kernel has ended for want of memory since this machine started."""
    for line in procfs.read("/proc/vmstat").splitlines():
        if line.startswith(b"oom_kill "):
            return int(line.split()[1])
    return 0


def killed_for_it(leader: int, since: float, kills_before: int) -> str:
    """In words, why it is thought that a command that died of SIGKILL was killed for want of memory, or empty.

    `leader` was its first process, `since` when it was started on the monotonic clock.
    """
    if kills() == kills_before:
        return ""
    victims = _victims(since)
    if victims is not None and leader in victims:
        return (
            "the kernel ended its first process for want of memory: this is no limit of the step, "
            "the machine or a group around gatekeeper had no more"
        )
    if victims is None or victims:
        return (
            "probably the kernel ended a process of it for want of memory: it died of SIGKILL, which nobody here sent, "
            "and meanwhile the machine ran out of memory"
        )
    return ""


def _victims(since: float) -> set[int] | None:
    """The pids that the kernel's log says were killed since then; None where it may not be read."""
    try:
        log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    found: set[int] = set()
    try:
        for _ in range(_ENOUGH):
            try:
                record = os.read(log, _LONGEST_RECORD)
            except BrokenPipeError:
                continue  # it was overwritten meanwhile; the next one is there
            except OSError:
                break
            head, _, text = record.partition(b";")
            _, killed, rest = text.partition(_KILLED)
            fields = head.split(b",")
            pid = rest.partition(b" ")[0]
            if killed and pid.isdigit() and len(fields) > 2 and int(fields[2]) / 1e6 > since - _SLACK_S:
                found.add(int(pid))
    finally:
        os.close(log)
    return found
