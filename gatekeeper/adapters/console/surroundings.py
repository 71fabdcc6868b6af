"""Owns what the environment says about colours and live views. Pure; opens and asks nothing.

Colours: ``NO_COLOR`` (not empty), then ``FORCE_COLOR`` or ``CLICOLOR_FORCE``, then ``TERM=dumb`` and ``CLICOLOR=0``,
then whether it is a terminal; the first that says something wins.
"""

from __future__ import annotations

from collections.abc import Mapping


def wants_colour(environ: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether output may hold colours."""
    if environ.get("NO_COLOR"):
        return False
    forced = environ.get("FORCE_COLOR")
    if forced:
        return forced != "0"
    if environ.get("CLICOLOR_FORCE", "0") not in {"", "0"}:
        return True
    if environ.get("TERM") == "dumb" or environ.get("CLICOLOR") == "0":
        return False
    return terminal


def wants_live_view(environ: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether lines may be redrawn: only at a terminal that can, and never where CI keeps the output."""
    in_ci = environ.get("CI", "").lower() not in {"", "0", "false"}
    return terminal and not in_ci and environ.get("TERM") not in {"dumb", "unknown"}
