"""Owns taking typed values out of what nobody vouches for: JSON documents and lines of text. Knows no format."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import BinaryIO

from gatekeeper.adapters.testreports.texts import identity, plain
from gatekeeper.model.report import ReportProblem

LONGEST_LINE = 64 << 20
"""The longest line that is read, in bytes."""


class LineTooLong(Exception):
    """A line is longer than what is read; its text says so."""


def mapping(value: object) -> dict[str, object]:
    """`value` where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """`value` where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """`value` as safe text: a string without control characters and half characters, a number; else nothing."""
    if isinstance(value, str):
        if value.isprintable():
            return value
        return plain(value).encode("utf-8", "replace").decode()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15 else ""


def whole(value: object) -> int | None:
    """`value` where it is a whole number of a size that counts and codes have."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 53 else None


def number(value: object) -> float | None:
    """`value` where it is a number from 0 up that can be a duration or a time."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


def test_id(home: str, name: str) -> str:
    """``<home>::<name>``, the same in every run; the name alone where there is no home."""
    name = name.strip() or "(a test without a name)"
    return identity(f"{home}::{name}" if home else name)


def document(file: BinaryIO, name: str) -> object | ReportProblem:
    """The JSON document in `file`, or why there is none; `name` is what it is called in problems."""
    try:
        found: object = json.load(file)
    except (ValueError, RecursionError) as fault:
        why = "nested too deep" if isinstance(fault, RecursionError) else text(str(fault))
        return ReportProblem("unreadable", f"{name} is cut short or not JSON: {why}")
    except MemoryError:
        return ReportProblem("unreadable", f"{name} does not fit into memory; write several smaller files")
    return found


def parsed_line(line: bytes) -> dict[str, object] | None:
    """The JSON object that a line holds; None where it holds none."""
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of `file` with their ends, one at a time. Raises `LineTooLong`."""
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            raise LineTooLong(f"has a line of more than {LONGEST_LINE >> 20} MiB")
        yield line
