"""Owns who else can write a file, by its mode, owner and group. Knows no file system and no accounts."""

from __future__ import annotations

import stat
from collections.abc import Collection

from gatekeeper.model.record import NamedTuple


class Ownership(NamedTuple):
    """What the system says of a file or a folder; `alone` tells that nobody but its owner is in its group."""

    mode: int
    owner: int
    owner_name: str
    group_name: str
    alone: bool


def who_else(seen: Ownership, trusted: Collection[int]) -> str:
    """Who beside the `trusted` users can write it, in words; empty for nobody.

    A group in which its owner is alone, as many systems give one to every user, is nobody else. In a folder with the
    sticky bit others can make files, and neither remove nor replace those of anybody else.
    """
    if seen.owner not in trusted:
        return f"it belongs to {seen.owner_name}"
    if stat.S_ISDIR(seen.mode) and seen.mode & stat.S_ISVTX:
        return ""
    if seen.mode & stat.S_IWOTH:
        return "everybody can write it"
    if seen.mode & stat.S_IWGRP and not seen.alone:
        return f"the group {seen.group_name} can write it"
    return ""
