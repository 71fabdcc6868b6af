"""Owns the reasons for which a run is told to stop. Knows no signal and no clock."""

from __future__ import annotations

from enum import IntEnum


class StopReason(IntEnum):
    """Why a run was told to stop. Ordered: only a stronger reason replaces a weaker one."""

    NONE = 0
    OUT_OF_TIME = 1
    HUNG_UP = 2
    TERMINATED = 3
    INTERRUPTED = 4
