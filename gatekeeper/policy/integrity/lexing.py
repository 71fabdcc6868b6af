"""Owns telling code from comments and texts, in languages that are not parsed. Keeps every offset. Knows no rule."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

Comments: TypeAlias = Literal["slashes", "hash", "slashes+hash"]

_SLASHES = r"//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)"
_HASH = r"(?:^|(?<=[\s;]))\#[^\n]*"
_PATTERNS: dict[Comments, str] = {"slashes": _SLASHES, "hash": _HASH, "slashes+hash": f"{_SLASHES}|{_HASH}"}
_TEXTS = r"\"\"\"(?:[^\\\"]|\\.|\"(?!\"\"))*\"\"\"|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`"


def _compiled(comments: Comments) -> re.Pattern[str]:
    return re.compile(rf"(?P<comment>{_PATTERNS[comments]})|(?P<text>{_TEXTS})", re.DOTALL | re.MULTILINE)


_BY_COMMENTS: dict[Comments, re.Pattern[str]] = {each: _compiled(each) for each in _PATTERNS}


def without_comments(text: str, comments: Comments) -> str:
    """`text` with blanks for its comments, of the same length and with the same lines."""
    return _BY_COMMENTS[comments].sub(lambda found: _blank(found[0]) if found["comment"] else found[0], text)


def skeleton(text: str, comments: Comments) -> str:
    """`text` with blanks for its comments and for what stands in quotes, the quotes themselves kept."""

    def strip(found: re.Match[str]) -> str:
        whole = found[0]
        return _blank(whole) if found["comment"] else f"{whole[0]}{_blank(whole[1:-1])}{whole[-1]}"

    return _BY_COMMENTS[comments].sub(strip, text)


_PAIRS = {"(": ")", "{": "}", "[": "]"}


def closing(bones: str, at: int) -> int:
    """Where the bracket that opens at `at` of a skeleton is closed: the offset after it, or the end of the text."""
    opening, shut = bones[at], _PAIRS[bones[at]]
    depth = 0
    for found in re.compile(f"[{re.escape(opening + shut)}]").finditer(bones, at):
        depth += 1 if found[0] == opening else -1
        if not depth:
            return found.end()
    return len(bones)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
