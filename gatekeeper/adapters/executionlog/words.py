"""Owns putting numbers, times and verdicts into the words and signs that people use. Knows no event."""

from __future__ import annotations

from gatekeeper.model.report import Totals
from gatekeeper.policy.number_words import duration, plural, size

__all__ = [
    "clock",
    "date",
    "duration",
    "listed",
    "plural",
    "share",
    "short",
    "sign_of_run",
    "sign_of_step",
    "size",
    "test_words",
    "verdict_words",
]

_VERDICT_SIGNS = {
    "passed": "✅",
    "failed": "❌",
    "timed-out": "⏱️",
    "infra": "⚠️",
    "blocked": "🚫",
    "skipped": "⏭️",
    "cancelled": "🛑",
    "error": "⚠️",
}
_RUN_SIGNS = {
    "green": "✅",
    "green-after-fix": "✅",
    "flaky": "⚠️",
    "red": "❌",
    "inconclusive": "⚠️",
    "aborted": "⚠️",
}
_SHORT = 12


def sign_of_step(verdict: str) -> str:
    """The sign of a step's verdict."""
    return _VERDICT_SIGNS.get(verdict, "❔")


def sign_of_run(verdict: str) -> str:
    """The sign of a run's verdict."""
    return _RUN_SIGNS.get(verdict, "❔")


def verdict_words(verdict: str) -> str:
    """A run's verdict at the beginning of a sentence: ``Green after fix``."""
    return verdict.replace("-", " ").capitalize()


def test_words(tests: Totals) -> str:
    """``394 counted: 390 passed, 2 failed, 0 with errors, 2 skipped``, and the rarer outcomes where there are any."""
    rarer = (("expected to fail", tests.xfailed), ("passed unexpectedly", tests.xpassed), ("flaky", tests.flaky))
    more = "".join(f", {number:,} {name}" for name, number in rarer if number)
    return (
        f"{tests.total:,} counted: {tests.passed:,} passed, {tests.failed:,} failed, "
        f"{tests.errors:,} with errors, {tests.skipped:,} skipped{more}"
    )


def share(part: int, whole: int) -> str:
    """``99.9%`` of a whole that is not 0; only all of it is ``100%``."""
    tenths = 1000 * part // whole
    return f"{tenths / 10:g}%"


def clock(time: str) -> str:
    """The time of day of a moment as the journal writes it: ``02:00:07``."""
    return time[11:19] if len(time) >= 19 else time


def date(time: str) -> str:
    """The day of a moment as the journal writes it."""
    return time[:10]


def short(digest: str) -> str:
    """A digest as people compare it: ``sha256:9f86d081884c``."""
    kind, colon, value = digest.rpartition(":")
    return f"{kind}{colon}{value[:_SHORT]}"


def listed(items: tuple[str, ...], most: int = 12) -> str:
    """``a, b and 3 more``."""
    more = len(items) - most
    return ", ".join(items[:most]) + (f" and {more:,} more" if more > 0 else "")
