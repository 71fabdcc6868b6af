"""Owns room on the disk for a journal's next lines, so that a full disk can still be told of. Knows no event."""

from __future__ import annotations

import os
import sys

_KEEP_SIZE = 1
_ROOM = 64 * 1024


class Reserve:
    """Blocks behind the end of an open file that nobody else can be given. Where that cannot be had there is none."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._until = 0

    def renew(self, size: int) -> None:
        """Have room behind `size`, the file's present one; cheap while enough of it is left."""
        if self._until - size < _ROOM // 2 and _allocate(self._descriptor, size, _ROOM):
            self._until = size + _ROOM

    def give_back(self, size: int) -> None:
        """Let others have the room; the file must hold `size` bytes, and nobody may write to it now."""
        if self._until > size and os.fstat(self._descriptor).st_size == size:
            os.ftruncate(self._descriptor, size)
        self._until = 0


def _allocate(descriptor: int, start: int, length: int) -> bool:
    if sys.platform != "linux":
        return False
    import ctypes

    call = ctypes.CDLL(None, use_errno=True).fallocate
    call.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    return int(call(descriptor, _KEEP_SIZE, start, length)) == 0
