"""Owns durations, sizes and counts in the words that people use. Pure; knows no event."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """``380 ms``, ``1.2 s``, ``42 s``, ``1 min 12 s``, ``2 h 5 min``."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    minutes = round(whole / 60)
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def size(count: int) -> str:
    """``812 bytes``, ``1.2 KiB``, ``3.4 GiB``."""
    if count < 1024:
        return plural(count, "byte")
    value = float(count)
    for unit in ("KiB", "MiB", "GiB"):
        value /= 1024
        if value < 1024:
            return f"{value:.1f} {unit}"
    return f"{value / 1024:.1f} TiB"


def plural(count: int, noun: str, nouns: str = "") -> str:
    """``1 step``, ``1,200 steps``."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"
