"""Owns finding, in megabytes of output, the few lines that could matter to any pattern. Knows no pattern."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence

LARGEST = 10 << 20
"""How many bytes of an output are looked at: its head and, four times as much, its tail."""

_MOST_KEPT = 1 << 20
_LONGEST_LINE = 4096
_WITHIN_S = 10.0
_COLOUR = re.compile(rb"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def read_output(path: str) -> bytes:
    """The output at `path`, at most `LARGEST` of it. Raises `OSError`."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size <= LARGEST:
            return file.read(LARGEST)
        head = file.read(LARGEST // 5)
        file.seek(size - (LARGEST - len(head)))
        return head + b"\n" + file.read(LARGEST - len(head))


def sift(content: bytes, literals: Sequence[str]) -> list[str]:
    """The lines of `content` that hold one of `literals`, without colours, cut to 4,096 characters.

    A carriage return ends a line, too. Of very many, those at the beginning and at the end are kept.
    """
    wanted = [literal.encode() for literal in literals]
    content = _plain(content)
    found = _by_grep(content, wanted)
    if found is None:
        found = _by_hand(content, wanted)
    if len(found) > 2 * _MOST_KEPT:
        found = found[:_MOST_KEPT] + b"\n" + found[-_MOST_KEPT:]
    return [line.decode("utf-8", "replace")[:_LONGEST_LINE] for line in found.split(b"\n") if line]


def _plain(content: bytes) -> bytes:
    if b"\x1b" in content:
        content = _COLOUR.sub(b"", content)
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content


def _by_grep(content: bytes, literals: Sequence[bytes]) -> bytes | None:
    """As `_by_hand`, by a program that looks for all literals at once; None where there is none such."""
    arguments = [part for literal in literals for part in (b"-e", literal)]
    environment = {"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)}
    try:
        told = subprocess.run(
            [b"grep", b"-aF", *arguments],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=_WITHIN_S,
            check=False,
            process_group=0,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return told.stdout if told.returncode in (0, 1) else None


def _by_hand(content: bytes, literals: Sequence[bytes]) -> bytes:
    present = [literal for literal in literals if literal in content]
    if not present:
        return b""
    return b"\n".join(line for line in content.split(b"\n") if any(literal in line for literal in present))
