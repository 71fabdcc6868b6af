"""Owns finding the last match of a pattern in a text of any size. Stands alone: it runs in a process of its own.

That is because a regular expression can take for ever, and Python cannot interrupt one: only a process can be ended.
Lines are looked at one by one from the end, so that a number at the end of a large output is found at once.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import BinaryIO

LOOKED_AT = 64 << 20
"""How much of the end of a text is looked at, in bytes."""

_BLOCK = 1 << 20
_LONGEST = 1 << 20
_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


def last_match(file: BinaryIO, pattern: str) -> str | None:
    """The first group of the pattern's last match that is not blank; None where there is none. Lines are apart."""
    wanted = re.compile(pattern)
    for line in lines_backwards(file):
        found = None
        for match in wanted.finditer(_COLOURS.sub("", line)):
            if match[1] and match[1].strip():
                found = match[1]
        if found is not None:
            return found
    return None


def lines_backwards(file: BinaryIO) -> Iterator[str]:
    """The lines of the last `LOOKED_AT` bytes, last first; a longer line than a mebibyte comes in pieces."""
    at = end = file.seek(0, 2)
    begun = b""
    while at > max(0, end - LOOKED_AT):
        size = min(_BLOCK, at)
        at -= size
        file.seek(at)
        first, *lines = (file.read(size) + begun).splitlines(keepends=True) or [b""]
        yield from (line.decode("utf-8", "replace").rstrip("\r\n") for line in reversed(lines))
        begun = first
        if len(begun) > _LONGEST:
            yield begun.decode("utf-8", "replace")
            begun = b""
    yield begun.decode("utf-8", "replace").rstrip("\r\n")


def main(order: str) -> None:
    """Write the last match as JSON, or null; `order` is JSON of path, pattern and seconds.

    Dies by itself after so many seconds, should nobody be left to end it.
    """
    import resource

    path, pattern, limit = json.loads(order)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
    with open(path, "rb") as file:
        json.dump(last_match(file, pattern), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
