"""Owns what a plan says of itself: title, id, name; and what it wants in the end: deliverables, goals, who helps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.drafting.draft import Said, Sure
from gatekeeper.policy.drafting.names import slug
from gatekeeper.policy.importing import sections
from gatekeeper.policy.importing.outline import Node, walk

_LOG = re.compile(r"\bexecution\s+log\b", re.IGNORECASE)
_EDGES = " \t-\u2013\u2014:|#*"
_ID = re.compile(r"^(?:#\s*)?(\d{1,6})\b(?!\s*[.)]\s)|\b(?:cycle|ticket|task|plan)\s+#?(\d{1,6})\b", re.IGNORECASE)
_FILE = re.compile(
    r"(?:(\d{1,6})[_-])?execution[_-]log[_-](.+?)(?:[_-]\d{4}-\d{2}-\d{2})?\.(?:md|markdown)", re.IGNORECASE
)
_PROVIDER = re.compile(r"provider(?:\s+used)?|(?:worker|fixer)\s+(?:model|provider)|fixer", re.IGNORECASE)
_FIXER = re.compile(r"fixer(?:\s+command)?|fix\s+(?:with|command)", re.IGNORECASE)
_REMARK = re.compile(r"\s+\([^()]*\)$")
_GOALS = re.compile(r"\b(?:target|goal)\b", re.IGNORECASE)


class Text(NamedTuple):
    """Something that the plan says in words."""

    text: str
    said: Said


class Goal(NamedTuple):
    """A number that is to be reached, in words."""

    metric: str
    target: str
    line: int


class Titles(NamedTuple):
    """What the cycle is called."""

    cycle: Text
    title: Text | None
    id: Text | None


def titles(document: Node, log: str) -> Titles:
    """The cycle's name, title and id, from the first heading and from the name of the plan's own file, if it tells."""
    heading = next((found.node for found in walk(document) if found.node.kind == "heading"), None)
    named = _FILE.fullmatch(log.rsplit("/", 1)[-1]) if log else None
    written = " ".join(_LOG.sub(" ", heading.text).split()).strip(_EDGES) if heading else ""
    title = Text(written, Said(heading.line, Sure.HIGH)) if heading and written else None
    number = _ID.search(written)
    by_title = slug(re.sub(r"\([^()]*\)", "", written), "imported")
    line = heading.line if heading else 1
    cycle = Text(
        by_title, Said(line, Sure.MEDIUM if written else Sure.LOW, "out of the title" if written else "no title")
    )
    told = Text(number[1] or number[2], Said(line, Sure.MEDIUM, "out of the title")) if number else None
    return Titles(cycle, title, told) if named is None else _by_file(named, cycle, title, told)


def _by_file(named: re.Match[str], cycle: Text, title: Text | None, told: Text | None) -> Titles:
    why = "out of the name of the plan's own file"
    if named[1]:
        told = Text(named[1], Said(0, Sure.HIGH, why))
    return Titles(Text(slug(named[2], cycle.text), Said(0, Sure.HIGH, why)), title, told)


def deliverables(document: Node) -> tuple[Text, ...]:
    """What stands in the list under "Deliverables"."""
    return tuple(
        Text(found.node.text, Said(found.node.line, Sure.HIGH))
        for found in walk(document)
        if found.node.kind == "item"
        and found.node.text
        and found.above
        and sections.is_called(sections.DELIVERABLES, found.above[-1])
    )


def until_green(document: Node) -> Said | None:
    """Where the plan says that it is to be run again until green."""
    for found in walk(document):
        if found.node.kind in {"item", "text", "heading"} and sections.UNTIL_GREEN.search(found.node.text):
            return Said(found.node.line, Sure.HIGH, "how often and how long is not said")
    return None


def provider(document: Node) -> Text | None:
    """Who does the work, as the plan names it."""
    named = (found.node for found in walk(document) if _PROVIDER.fullmatch(found.node.label) and found.node.value)
    ranked = sorted(named, key=lambda node: ("provider" not in node.label.lower(), node.line))
    for node in ranked:
        if not node.codes or node.label.lower() != "fixer":
            return Text(_REMARK.sub("", node.value), Said(node.line, Sure.HIGH))
    return None


def fixer(document: Node) -> Text | None:
    """The command that is called to fix, where the plan names one as code."""
    for found in walk(document):
        if _FIXER.fullmatch(found.node.label) and found.node.codes:
            return Text(found.node.codes[0], Said(found.node.line, Sure.HIGH))
    return None


def goals(document: Node) -> tuple[Goal, ...]:
    """The rows of a table with metrics and their targets."""
    return tuple(_goals(document))


def _goals(document: Node) -> Iterator[Goal]:
    for found in walk(document):
        table = found.above[-1] if found.above else None
        if found.node.kind != "row" or table is None or table.kind != "table" or "metric" not in table.text.lower():
            continue
        column = next((at for at, head in enumerate(table.cells) if _GOALS.search(head)), 0)
        if 0 < column < len(found.node.cells) and found.node.cells[column]:
            yield Goal(found.node.cells[0], found.node.cells[column], found.node.line)
