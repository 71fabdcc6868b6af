"""Owns how numbers and verdicts are said on the console. Pure; knows no stream."""

from gatekeeper.adapters.console.spans import Style
from gatekeeper.model.outcome import Stray
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Totals
from gatekeeper.policy.number_words import duration
from gatekeeper.policy.number_words import plural as count

__all__ = ("ASCII", "UNICODE", "Glyphs", "count", "duration", "glyphs_for", "sign_of", "stray", "style_of", "tests")


class Glyphs(NamedTuple):
    """The signs of a live view; a terminal that is not UTF-8 gets letters."""

    good: str
    bad: str
    warn: str
    idle: str
    full: str
    empty: str
    mark: str
    spinner: str
    dot: str


UNICODE = Glyphs("✓", "✗", "!", "○", "█", "░", "│", "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "·")
ASCII = Glyphs("+", "x", "!", "-", "#", ".", ":", "|/-\\", "-")

_STEP_STYLES: dict[str, Style] = {
    "passed": "good",
    "failed": "bad",
    "timed-out": "bad",
    "error": "bad",
    "infra": "warn",
    "blocked": "dim",
    "skipped": "dim",
    "cancelled": "warn",
}
_RUN_STYLES: dict[str, Style] = {
    "green": "good",
    "green-after-fix": "good",
    "flaky": "warn",
    "red": "bad",
    "inconclusive": "warn",
    "aborted": "warn",
}


def glyphs_for(*, unicode: bool) -> Glyphs:
    """The signs for a stream that can or cannot take more than ASCII."""
    return UNICODE if unicode else ASCII


def style_of(verdict: str) -> Style:
    """How a verdict of a step or a run is coloured."""
    return _STEP_STYLES.get(verdict) or _RUN_STYLES.get(verdict, "bad")


def sign_of(verdict: str, glyphs: Glyphs) -> str:
    """The sign in front of a verdict."""
    match style_of(verdict):
        case "good":
            return glyphs.good
        case "bad":
            return glyphs.bad
        case "dim":
            return glyphs.idle
        case _:
            return glyphs.warn


def tests(totals: Totals) -> str:
    """``118 passed, 2 failed of 120 tests``."""
    parts = [
        f"{number} {name}"
        for number, name in (
            (totals.passed, "passed"),
            (totals.failed, "failed"),
            (totals.errors, "with errors"),
            (totals.skipped, "skipped"),
            (totals.xfailed, "expected to fail"),
            (totals.xpassed, "passed unexpectedly"),
            (totals.flaky, "flaky"),
        )
        if number
    ]
    return f"{', '.join(parts) or 'none'} of {count(totals.total, 'test')}"


def stray(one: Stray) -> str:
    """``redis-server *:6379 (pid 7, 4.2 s old, listening on 6379, in /srv, caught by cgroup2)``."""
    ports = f", listening on {', '.join(map(str, one.ports))}" if one.ports else ""
    folder = f", in {one.cwd}" if one.cwd else ""
    name = " ".join(one.argv)[:120] or "?"
    return f"{name} (pid {one.pid}, {duration(one.age_s)} old{ports}{folder}, caught by {one.layer})"
