"""Owns where sections go in a document that has no markers for them yet. Pure; knows no section's content."""

import re
from collections.abc import Iterable, Mapping

from gatekeeper.model.record import NamedTuple

_HEADING = r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*"
_STATUS = r" {0,3}\*\*Status(:\*\*|\*\*:)"
_NEXT = r" {0,3}\*\*Next(:\*\*|\*\*:)"
_ITALIC = r"\s*(\*[^*\s][^*]*\*|_[^_\s][^_]*_)\s*"
_FENCE = r" {0,3}(`{3,}|~{3,})"
_STATUS_SECTION = "status"


class Span(NamedTuple):
    """A section in a document: the indexes of its two marker lines."""

    begin: int
    end: int
    name: str


class Document(NamedTuple):
    """A text as lines: `lines` with their endings, `texts` without; `newline` is what the document ends lines with."""

    lines: tuple[str, ...]
    texts: tuple[str, ...]
    newline: str

    def level_above(self, index: int, spans: Iterable[Span]) -> int | None:
        """The level of the heading "Execution Log" that the line at `index` stands under, if it stands under one.

        Headings inside `spans` are ours and don't count.
        """
        inside = {line for span in spans for line in range(span.begin, span.end + 1)}
        nearest = None
        for at, level, title in self.headings():
            if at < index and at not in inside:
                nearest = (level, title)
        return nearest[0] if nearest and nearest[0] > 1 and _is_execution_log(nearest[1]) else None

    def headings(self) -> Iterable[tuple[int, int, str]]:
        """The headings: index of the line, level, title."""
        for index in self.outside_fences():
            if "#" in self.texts[index] and (heading := re.fullmatch(_HEADING, self.texts[index])):
                yield index, len(heading[1]), heading[2]

    def outside_fences(self) -> Iterable[int]:
        """The indexes of the lines that are not inside a fenced block."""
        end = 0
        for block in self.fences():
            yield from range(end, block.start)
            end = block.stop
        yield from range(end, len(self.texts))

    def fences(self) -> Iterable[range]:
        """The fenced blocks, with their fences; one that never ends goes one line beyond the text."""
        fence, begin = "", 0
        for index, text in enumerate(self.texts):
            found = re.match(_FENCE, text) if "```" in text or "~~~" in text else None
            if found is None:
                continue
            if not fence:
                # A tick behind them makes them code in a line of prose.
                if found[1][0] == "~" or "`" not in text[found.end() :]:
                    fence, begin = found[1], index
            elif found[1].startswith(fence) and text.strip() == found[1]:
                yield range(begin, index + 1)
                fence = ""
        if fence:
            yield range(begin, len(self.texts) + 1)

    def execution_log(self) -> int | None:
        """The line after which the account goes: the heading, or the one line of italics that holds its place."""
        for index, level, title in self.headings():
            if level > 1 and _is_execution_log(title):
                below = next((at for at in range(index + 1, len(self.texts)) if self.texts[at].strip()), None)
                held = below is not None and re.fullmatch(_ITALIC, self.texts[below]) and self._alone(below)
                return below if held else index
        return None

    def status_lines(self) -> tuple[int, int] | None:
        """First and last line of the status, with the "Next" that follows it; None where there is not exactly one."""
        outside = self.outside_fences()
        status = [index for index in outside if "**" in self.texts[index] and re.match(_STATUS, self.texts[index])]
        if len(status) != 1:
            return None
        after = next((at for at in range(status[0] + 1, len(self.texts)) if self.texts[at].strip()), None)
        return status[0], after if after is not None and re.match(_NEXT, self.texts[after]) else status[0]

    def _alone(self, index: int) -> bool:
        return index + 1 >= len(self.texts) or not self.texts[index + 1].strip()


def lines_of(text: str) -> Document:
    """A text as a `Document`. A byte order mark belongs to the first line and to none of its words."""
    *whole, rest = text.split("\n")
    lines = (*(f"{line}\n" for line in whole), *((rest,) if rest else ()))
    newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    return Document(lines, tuple(line.removeprefix("\ufeff").rstrip("\r\n") for line in lines), newline)


def place_missing(document: Document, spans: Mapping[str, Span], names: tuple[str, ...]) -> Document:
    """`document` with empty sections for those of `names` that it has none for.

    The status takes the place of the document's own status lines. The others go under its heading "Execution Log",
    or before the first section that follows them, or to the end.
    """
    missing = [name for name in names if name not in spans]
    if not missing:
        return document
    lines = list(document.lines)
    inserts: list[tuple[int, int, list[str]]] = []
    if _STATUS_SECTION in missing and (status := document.status_lines()) and not _touched(status, spans):
        missing.remove(_STATUS_SECTION)
        inserts.append((status[0], status[1] + 1, [_STATUS_SECTION]))
    account = [name for name in missing if name != _STATUS_SECTION]
    heading = document.execution_log()
    follower = min((span.begin for name, span in spans.items() if name != _STATUS_SECTION), default=None)
    if account and heading is not None and "execution" in account and not _touched((heading, heading), spans):
        inserts.append((heading + 1, heading + 1, account))
        missing = [name for name in missing if name not in account]
    elif account and follower is not None:
        inserts.append((follower, follower, account))
        missing = [name for name in missing if name not in account]
    if missing:
        inserts.append((len(lines), len(lines), missing))
    for begin, end, placed in sorted(inserts, reverse=True):
        _insert(lines, begin, end, placed, document.newline)
    return lines_of("".join(lines))


def _insert(lines: list[str], begin: int, end: int, names: list[str], newline: str) -> None:
    """Put empty sections in place of the lines from `begin` to `end`, with blank lines about them where none are."""
    new: list[str] = []
    if begin and begin == end:
        if not lines[begin - 1].endswith("\n"):
            new.append(newline)
        if lines[begin - 1].strip():
            new.append(newline)
    for name in names:
        new += [f"<!-- gatekeeper:begin {name} -->{newline}", f"<!-- gatekeeper:end {name} -->{newline}", newline]
    new.pop()
    if begin == end and end < len(lines) and lines[end].strip():
        new.append(newline)
    last = lines[end - 1] if end else newline
    if end == len(lines) and not last.endswith("\n"):
        # A document without a newline at its end keeps it that way.
        new[-1] = new[-1].removesuffix(newline)
    lines[begin:end] = new


def _is_execution_log(title: str) -> bool:
    return re.sub(r"[^a-z ]", "", title.lower()).strip() == "execution log"


def _touched(lines: tuple[int, int], spans: Mapping[str, Span]) -> bool:
    return any(span.begin <= lines[1] and lines[0] <= span.end for span in spans.values())
