"""Owns the small texts that probes say of themselves: excerpts, durations, addresses. Knows no probe in particular."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

Mask: TypeAlias = Callable[[str], str]
"""Hides secrets in a text. Applied before anything is cut, so that no half of a secret is left standing."""

EXCERPT = 300
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SPACES = re.compile(r"\s+")
_USERINFO = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)[^/?#@]*@")


def one_line(text: str) -> str:
    """`text` with control characters and runs of white space as single spaces."""
    return _SPACES.sub(" ", _CONTROL.sub(" ", text)).strip()


def excerpt(text: str, mask: Mask) -> str:
    """The beginning of an answer as one masked line of at most `EXCERPT` characters."""
    # Masking a whole mebibyte to show three hundred characters is cheap; a secret across the cut is not.
    line = one_line(mask(text))
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…"


def shortened(text: str, limit: int = 80) -> str:
    """`text` as one line of at most `limit` characters, for quoting inside a sentence."""
    line = one_line(text)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def seconds(value: float) -> str:
    """A duration as people say it: ``250 ms``, ``2 s``, ``1.5 s``."""
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f}".removesuffix(".0") + " s"


def milliseconds(value: float) -> str:
    """A measured duration: ``12 ms``, ``0.4 ms``, ``2.31 s``."""
    if value >= 1000:
        return f"{value / 1000:.2f} s"
    return f"{value:.0f} ms" if value >= 1 else f"{value:.1f} ms"


def without_userinfo(url: str) -> str:
    """`url` without a user and password in front of its host."""
    return _USERINFO.sub(r"\1•••@", url)
