"""Owns reading Markdown into an outline: what stands under what, and in which line. Knows nothing of plans.

markdown-it tells blocks apart as CommonMark has them. Its inline half is left aside, as it takes quadratic time on
hostile text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from gatekeeper.adapters.definition.importing.inline import read_inline
from gatekeeper.policy.importing.outline import Kind, Node

_DEEPEST = 40
_BEGINS = re.compile(r"\s*(?:\*\*|[A-Z][A-Za-z_ -]{0,40}:\s)")
_LEADS = re.compile(r".*:\s*|\*\*.+\*\*:?\s*", re.DOTALL)


class _Open:
    """A node that may get more under it."""

    def __init__(self, kind: Kind, line: int, written: str = "", level: int = 0) -> None:
        self.kind = kind
        self.line = line
        self.written = written
        self.level = level
        self.text = ""
        self.codes: tuple[str, ...] = ()
        self.links: tuple[str, ...] = ()
        self.cells: list[str] = []
        self.children: list[_Open] = []
        if written:
            self.say(written)

    def say(self, written: str) -> None:
        """What the node itself says, in Markdown."""
        self.written = written
        self.text, self.codes, self.links = read_inline(written)

    def closed(self) -> Node:
        """The node as it is in the end."""
        children = tuple(child.closed() for child in self.children)
        return Node(self.kind, self.text, self.line, self.level, self.codes, self.links, tuple(self.cells), children)


def read_markdown(text: str) -> Node:
    """The outline of a document."""
    parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return _Reader().read(parser.parse(text))


class _Reader:
    def __init__(self) -> None:
        self._root = _Open("document", 0)
        self._headings = [self._root]
        self._inside: list[_Open] = []
        """Items and tables that are open, the innermost last."""
        self._leads: list[_Open | None] = []
        """For each open list, the line before it that leads to it."""
        self._heading: Token | None = None

    def read(self, tokens: list[Token]) -> Node:
        for token in tokens:
            self._take(token)
        return self._root.closed()

    def _take(self, token: Token) -> None:
        line = token.map[0] + 1 if token.map else 0
        match token.type:
            case "heading_open":
                self._heading = token
            case "heading_close":
                self._heading = None
            case "bullet_list_open" | "ordered_list_open":
                self._leads.append(self._lead())
            case "bullet_list_close" | "ordered_list_close":
                self._leads.pop()
            case "list_item_open":
                self._open(_Open("item", line), self._leads[-1])
            case "table_open":
                self._open(_Open("table", line), self._lead())
            case "tr_open" if self._inside[-1].children or self._inside[-1].cells:
                self._open(_Open("row", line), None)
            case "tr_close" if self._inside[-1].kind == "row":
                self._inside.pop()
            case "list_item_close" | "table_close":
                self._inside.pop()
            case "fence" | "code_block":
                self._code(token, line)
            case "inline":
                self._say(token.content, line)
            case _:
                pass

    @property
    def _here(self) -> _Open:
        return self._inside[-1] if self._inside else self._headings[-1]

    def _lead(self) -> _Open | None:
        """The line right before that is a title for what comes, like ``Commands:``."""
        last = self._here.children[-1] if self._here.children else None
        return last if last is not None and last.kind == "text" and _LEADS.fullmatch(last.written) else None

    def _open(self, node: _Open, under: _Open | None) -> None:
        (under or self._here).children.append(node)
        self._inside.append(node)

    def _code(self, token: Token, line: int) -> None:
        code = _Open("code", line + (token.type == "fence"))
        code.text = token.content
        (self._lead() or self._here).children.append(code)

    def _say(self, written: str, line: int) -> None:
        here = self._here
        if self._heading is not None and not self._inside:
            level = int(self._heading.tag[1])
            while self._headings[-1].level >= level:
                self._headings.pop()
            heading = _Open("heading", line, written, level)
            self._headings[-1].children.append(heading)
            self._headings.append(heading)
        elif here.kind in {"row", "table"}:
            said = read_inline(written)
            here.cells.append(said.text)
            here.codes += said.codes
            here.links += said.links
            here.text = " | ".join(here.cells)
        else:
            pieces = list(_pieces(written, line))
            if here.kind == "item" and not here.text and not here.children and pieces:
                here.line, first = pieces.pop(0)
                here.say(first)
            here.children += (_Open("text", at, piece) for at, piece in pieces)


def _pieces(written: str, line: int) -> Iterator[tuple[int, str]]:
    """The lines of a paragraph with their numbers; one that goes on with the sentence before it is part of that."""
    start, said = line, ""
    for number, each in enumerate(written.split("\n"), line):
        if said and _BEGINS.match(each):
            yield start, said
            start, said = number, each
        else:
            said = f"{said} {each}" if said else each
    yield start, said
