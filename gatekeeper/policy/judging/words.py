"""Owns the sentences on what was seen of an attempt: timeouts, strays, listeners, signals. Judges nothing."""

from __future__ import annotations

import signal

from gatekeeper.model.outcome import Listener, Stray, TimedOut

_LONGEST_NAME = 40


def describe_timeout(outcome: TimedOut) -> str:
    """One sentence on a step that the guard ended, for findings and incidents."""
    if outcome.by == "quiet":
        hung = "" if outcome.hint else "hung: "
        sentence = f"{hung}no output for its quiet period, ended after {outcome.after_s:.1f} s"
    elif outcome.limit == "step":
        sentence = f"ended at its hard timeout, after {outcome.after_s:.1f} s"
    else:
        sentence = f"ended after {outcome.after_s:.1f} s, because the {outcome.limit}'s time was over"
    return f"{sentence}; {outcome.hint}" if outcome.hint else sentence


def describe_strays(strays: tuple[Stray, ...], total: int = 0) -> str:
    """One sentence on processes that outlived their step: these, and how many they were in all."""
    total = max(total, len(strays))
    names = ", ".join(f"{' '.join(stray.argv)[:80] or '?'} (pid {stray.pid})" for stray in strays[:3])
    more = f" and {total - 3} more" if total > 3 else ""
    count = "1 process" if total == 1 else f"{total} processes"
    return f"{count} left behind and ended: {names}{more}"


def describe_listener(listener: Listener) -> str:
    """One sentence of less than 200 characters on a port that somebody opened while a step ran."""
    seen = f"`{' '.join(listener.argv)[-_LONGEST_NAME:] or '?'}` (pid {listener.pid})"
    return (
        f"port {listener.port} has been listened on since this step began by {seen if listener.pid else 'one unseen'}, "
        "not of the step: work handed to a server, or somebody else's"
    )


def signal_name(number: int) -> str:
    """``SIGSEGV`` for 11, and so on."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def meaning_of_code(code: int) -> str:
    """What shells mean by an exit code, in brackets behind a space; empty where they mean nothing by it."""
    match code:
        case 126:
            return " (found but not executable)"
        case 127:
            return " (command not found)"
        case _ if 128 < code <= 192:
            return f" (a child died of {signal_name(code - 128)})"
        case _:
            return ""
