"""Owns the header by which a server says for how long it wants to be left alone. Asks nobody."""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.model.plan import Pairs

LONGEST_S = 300.0
"""Nobody is left alone for longer, whatever they say."""


def retry_after_s(headers: Pairs, now: Callable[[], float]) -> float | None:
    """The seconds that ``Retry-After`` asks for, within bounds; None where there is none that can be read.

    A moment in time is taken by the answer's own ``Date``, because the server's clock may be wrong by as much in both;
    without one by `now`, in seconds since 1970.
    """
    wanted = _value(headers, "retry-after")
    if wanted.isascii() and wanted.isdigit():
        # So many digits as nobody means are still no number that cannot be made.
        return LONGEST_S if len(wanted) > 9 else min(LONGEST_S, float(wanted))
    moment = _moment(wanted)
    if moment is None:
        return None
    sent = _moment(_value(headers, "date"))
    return max(0.0, min(LONGEST_S, moment - (now() if sent is None else sent)))


def _value(headers: Pairs, name: str) -> str:
    return next((value.strip() for key, value in headers if key.lower() == name), "")


def _moment(text: str) -> float | None:
    if not text:
        return None
    from email.utils import mktime_tz, parsedate_tz  # the HTTP client needs them too, so they cost nothing here

    parsed = parsedate_tz(text)
    if parsed is None:
        return None
    try:
        return float(mktime_tz(parsed))
    except (ValueError, OverflowError):
        return None
