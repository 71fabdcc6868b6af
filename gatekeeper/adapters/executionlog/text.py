"""Owns making foreign text harmless in Markdown: no broken tables, no markers, no HTML, no links. Knows no event.

Whatever a step, a repo or a person wrote passes through here. Evidence is shown as code, where nothing has a meaning;
sentences are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gatekeeper.policy.terminal_text import settled

# Patterns are compiled when they are first needed (`re` keeps them): the first log is written before the first step.
_COMMENT = r"<!(?=-)"
_AS_CODE = r"`([^`]*[^`\s][^`]*)`|((?:\w+://|www\.)\S+|\S+@\S+\.\S+)"
_MEANING = r"[\\`*\[\]<>|~&$]|(?<![^\W_])_|_(?![^\W_])"
# What makes a heading, a list or a rule at the beginning of a line.
_BEGINNING = r"^(\d+(?=[.)](?:\s|$))|(?=(?:#{1,6}|[+-])(?:\s|$)|=+$|-[\s-]*$))"
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:()-/'\"")
_LINE_SHOWN = 400


def clean(text: str) -> str:
    """`text` as a terminal would have left it: no colours, no control characters, a rewritten line as last written."""
    text = settled(text, "�")
    # A comment that is opened in evidence could be taken for a marker, or hide what follows.
    return re.sub(_COMMENT, "<! ", text) if "<!" in text else text


def one_line(text: str, limit: int = 160) -> str:
    """`text` cleaned, in one line of at most `limit` characters."""
    text = " ".join(clean(text).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def code(text: str, limit: int = 160) -> str:
    """`text` in one line as code, for running text and lists."""
    line = one_line(text, limit)
    if not line:
        return "*(empty)*"
    if "`" not in line:
        return f"`{line}`"
    ticks = "`" * (_longest_ticks(line) + 1)
    gap = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{gap}{line}{gap}{ticks}"


def cell(text: str, limit: int = 100) -> str:
    """`text` in one line as code, for a table."""
    # Readers of Markdown disagree about a backslash before an escaped bar; they agree when a space parts them.
    return code(text.replace("\\|", "\\ |"), limit).replace("|", "\\|")


def prose(text: str, limit: int = 400) -> str:
    """A sentence in one line, with nothing in it that means something to Markdown, save code; addresses become code."""
    line = one_line(text, limit)
    if not _PLAIN.issuperset(line) or "//" in line or "www." in line.lower():
        parts, end = [], 0
        for found in re.finditer(_AS_CODE, line):
            parts += [_escape(line[end : found.start()]), cell(found[1] or found[2], limit)]
            end = found.end()
        line = "".join([*parts, _escape(line[end:])])
    return line if line[:1].isalpha() else re.sub(_BEGINNING, r"\1\\", line)


def block(lines: Iterable[str], indent: str = "", language: str = "text") -> str:
    """Lines of output as a fenced block that they cannot break out of; `language` is our own word."""
    shown = [clean(line).replace("\n", " ")[:_LINE_SHOWN] for line in lines]
    ticks = "`" * max(3, *(_longest_ticks(line) + 1 for line in shown), 3)
    return "\n".join(f"{indent}{line}".rstrip() for line in (f"{ticks}{language}", *shown, ticks))


def _longest_ticks(line: str) -> int:
    return max(map(len, re.findall("`+", line)), default=0)


def _escape(text: str) -> str:
    return re.sub(_MEANING, lambda found: "&amp;" if found[0] == "&" else f"\\{found[0]}", text)
