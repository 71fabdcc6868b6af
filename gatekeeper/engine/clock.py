"""Owns the real clock. Everything else takes time as a parameter."""

from __future__ import annotations

import time


class SystemClock:
    """The machine's own clocks."""

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps, and goes on while the machine sleeps where the system offers that."""
        return time.monotonic()

    def now(self) -> str:
        """UTC with milliseconds, as in ``2026-02-18T02:00:07.123Z``."""
        seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
        return f"{stamp}.{nanoseconds // 1_000_000:03d}Z"
