"""Owns what stays the same in a line when a failure comes again: places, numbers, ids and times are left out.

It goes further than `policy.signature`, whose names of failures are stored and must stay what they are; and of what
it leaves a regex can be made, which finds the line again.
"""

from __future__ import annotations

import re

from gatekeeper.policy.masking import MASK
from gatekeeper.policy.patterns.literals import literals_of

TIME, SCRATCH, FOLDER, ID, UNSEEN, REST = "⟨time⟩", "⟨temporary⟩", "⟨folder⟩", "⟨#⟩", "⟨unseen⟩", "⟨…⟩"
"""What stands in a likeness for what varies, and for the rest of a very long line."""

_REGEXES = {
    TIME: r"[\w.,:+ -]+",
    SCRATCH: r"/\S+",
    FOLDER: r"/(?:\S*/)?",
    ID: r"[\w.,:•-]+",
    UNSEEN: r".{1,20}",
    REST: r".*",
}
_LONGEST = 300
_LONGEST_REGEX = 240

_VARYING = re.compile(
    r"(?P<time>\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z\b|\s?[+-]\d\d:?\d\d\b)?"
    r"|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d(?: \d\d:\d\d:\d\d)?)"
    r"|(?P<scratch>/(?:tmp|var/tmp|var/folders|private/tmp|dev/shm)/[^\s'\"`:;,)\]]+)"
    r"|(?P<unseen>\ufffd+)"
    r"|(?P<folder>(?<![\w.:/])/(?:[\w.@%+~-]+/)*)"
    rf"|(?P<id>{MASK}"
    r"|\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"
    r"|\b0x[0-9a-fA-F]+|\b[0-9a-fA-F]{8,}\b|\b(?=[a-f]*\d)[0-9a-f]{7,}\b|\b(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{8,}\b"
    r"|\d+(?:[.,:]\d+)*(?:[nµum]?s\b)?)"
)
_GROUPS = {"time": TIME, "scratch": SCRATCH, "folder": FOLDER, "id": ID, "unseen": UNSEEN}
_TOKENS = re.compile("|".join(map(re.escape, _REGEXES)))
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")


def likeness(line: str) -> str:
    """`line` without what varies by chance, and without blanks around it; cut where it is very long."""
    line = line.strip()
    like = _VARYING.sub(lambda found: _GROUPS[found.lastgroup or "id"], line[:_LONGEST])
    return like + REST if len(line) > _LONGEST else like


def regex_for(like: str, *, whole: bool = True) -> str:
    """A regex that finds every line which is `like` this one; empty where too little stays the same for that.

    Without `whole`, it may begin in the midst of a line.
    """
    parts = [r"^\s*"] if whole else []
    at = length = 0
    for token in (*_TOKENS.finditer(like), None):
        literal = _escaped(like[at : token.start() if token else len(like)])
        made = literal + (_REGEXES[token[0]] if token else "")
        if length + len(made) > _LONGEST_REGEX:
            parts.append(_cut(literal, _LONGEST_REGEX - length))
            break
        parts.append(made if token else made + r"\s*$")
        length += len(made)
        at = token.end() if token else at
    regex = "".join(parts)
    return regex if literals_of(regex) else ""


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def _cut(literal: str, most: int) -> str:
    """The beginning of an escaped text, not within an escape."""
    kept = literal[: max(0, most)]
    return kept[:-1] if (len(kept) - len(kept.rstrip("\\"))) % 2 else kept
