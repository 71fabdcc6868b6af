"""Owns what a document is for the import: a tree of headings, items, lines, code and tables, each with its line.

Knows no Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

from gatekeeper.model.record import NamedTuple

Kind: TypeAlias = Literal["document", "heading", "item", "text", "code", "table", "row"]

_LABEL = re.compile(r"\s*([^:|`]{1,80}?)\s*:(?:\s+(.*)|\s*)", re.DOTALL)


class Node(NamedTuple):
    """One piece of the document, and what stands under it.

    `text` is without marks of emphasis, `codes` are its code spans and `links` where its links lead. A row of a table
    has its `cells`, the table those of its head. `level` is a heading's. `line` counts from 1.
    """

    kind: Kind
    text: str
    line: int
    level: int = 0
    codes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    children: tuple[Node, ...] = ()

    @property
    def label(self) -> str:
        """What stands before the colon; empty where there is none."""
        found = _LABEL.fullmatch(self.text) if self.kind in {"item", "text"} else None
        return found[1] if found else ""

    @property
    def value(self) -> str:
        """What stands after the label's colon; empty without a label."""
        found = _LABEL.fullmatch(self.text) if self.kind in {"item", "text"} else None
        return (found[2] or "").strip() if found else ""


class Found(NamedTuple):
    """A node with those that it stands under, the outermost first."""

    node: Node
    above: tuple[Node, ...]


def walk(node: Node, above: tuple[Node, ...] = ()) -> Iterator[Found]:
    """Every node under `node`, in the order of the document."""
    for child in node.children:
        yield Found(child, above)
        yield from walk(child, (*above, child))
