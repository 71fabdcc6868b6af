"""Owns our blocks in the text of a crontab: finding them, putting one in, taking one out. Knows no program.

Every line that is not between our markers stays as it is, byte for byte.
"""

from __future__ import annotations

import re

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.nightly.calling import Call, cron_lines

_BEGIN, _END = "# gatekeeper:begin ", "# gatekeeper:end "
_ABOUT = "# Written by `gatekeeper cron install`, taken out by `gatekeeper cron uninstall`; changes are lost."
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_NAME = re.compile(r"(?P<root>/.*): (?P<cycles>\S+(?: \S+)*)")


class BrokenMarkers(ValueError):
    """Markers that do not belong together; the message says in which line."""


class Block(NamedTuple):
    """A block that stands in a crontab: its project, its cycles, its text with the markers."""

    root: str
    cycles: tuple[str, ...]
    text: str


def block_of(call: Call, offsets: tuple[int, ...]) -> Block:
    """The block that calls `call`."""
    lines = (f"{_BEGIN}{call.name}", _ABOUT, *cron_lines(call, offsets), f"{_END}{call.name}")
    return Block(call.root, call.cycles, "".join(f"{line}\n" for line in lines))


def blocks_in(text: str) -> tuple[Block, ...]:
    """Our blocks, in order. Raises `BrokenMarkers`."""
    found: list[Block] = []
    name, lines = "", list[str]()
    for number, line in enumerate(_LINE.findall(text), 1):
        said = line.rstrip("\r\n")
        if said.startswith(_BEGIN):
            if name:
                raise BrokenMarkers(f"line {number}: a block begins inside of that of {name}")
            name, lines = said.removeprefix(_BEGIN), []
        if name:
            lines.append(line)
        if said.startswith(_END):
            parts = _NAME.fullmatch(said.removeprefix(_END))
            if said.removeprefix(_END) != name or parts is None:
                raise BrokenMarkers(f"line {number}: a block ends that did not begin: {said!r}")
            found.append(Block(parts["root"], tuple(parts["cycles"].split()), "".join(lines)))
            name = ""
    if name:
        raise BrokenMarkers(f"the block of {name} has no end")
    return tuple(found)


def with_block(text: str, block: Block) -> str:
    """`text` with `block`: in the place of the one for the same cycles, else at the end. Raises `BrokenMarkers`."""
    for former in blocks_in(text):
        if (former.root, former.cycles) == (block.root, block.cycles):
            return text.replace(former.text, block.text, 1)
    return (text if not text or text.endswith("\n") else f"{text}\n") + block.text


def without_block(text: str, block: Block) -> str:
    """`text` without a block that `blocks_in` found."""
    return text.replace(block.text, "", 1)
