"""Owns by which words a part of a plan is told for what it is, and what is outside of a definition. Knows no values."""

from __future__ import annotations

import re
from typing import Final

from gatekeeper.policy.importing.outline import Found, Node

_OPENS = r"(?:\W*(?:\d+[.)]?\s+)?)"
GATE: Final = re.compile(
    r"\b(?:mandatory|required|quality|release|merge|acceptance)\s+(?:gates?|checks?|commands?)\b|\bgate\s+commands?\b",
    re.IGNORECASE,
)
WORKED: Final = re.compile(r"\bcommands?\s+that\s+work(?:ed|s)?\b", re.IGNORECASE)
ANSWERS: Final = re.compile(
    r"\b(?:negative|error|unhappy|sad)[\s-]+(?:paths?|cases?|tests?)\b|\bstatus\s+codes?\b|\bexpected\s+(?:answers|responses)\b",
    re.IGNORECASE,
)
TIMEOUTS: Final = re.compile(r"\banti[\s-]?hang\b|\btime[\s-]?(?:outs?|limits?)\b|\bdeadlines\b", re.IGNORECASE)
READING: Final = re.compile(
    _OPENS + r"(?:required|mandatory|must)?[\s-]*read(?:ing|\s+first)?\b\W*(?:list\W*)?", re.IGNORECASE
)
DELIVERABLES: Final = re.compile(_OPENS + r"(?:expected\s+|required\s+)?deliverables\W*", re.IGNORECASE)
OF_REPO: Final = re.compile(r"([A-Za-z][A-Za-z0-9_]*?)[_\s-]+repo(?:sitory)?", re.IGNORECASE)
REPOS: Final = re.compile(_OPENS + r"(?:git\s+)?repo(?:s|sitories)\W*", re.IGNORECASE)
UNTIL_GREEN: Final = re.compile(
    r"\bre-?run\s+until\s+(?:all\s+)?green\b|\buntil\s+(?:all\s+|everything\s+is\s+)?green\b", re.IGNORECASE
)
_OUTSIDE: Final = (
    (
        re.compile(r"pre-?execution|state before|\binitial\b", re.IGNORECASE),
        "the state of its day; every run records its own",
    ),
    (TIMEOUTS, "gatekeeper guards every step so: a hard timeout, no terminal, and nothing is left running"),
    (
        re.compile(r"execution log|\bupdate\b|\bfixes\b|final|summary|completion|result", re.IGNORECASE),
        "an account of work; a run writes its own",
    ),
)
_ALMOST: Final = (
    (
        re.compile(r"\bdrift\b", re.IGNORECASE),
        "`settle:` of a repo takes it, as globs of files, and the plan names none",
    ),
    (
        re.compile(r"\bnotify\b|\btelegram\b|\bslack\b|\bwebhook\b", re.IGNORECASE),
        "`notify:` takes it, as a URL and the endings to tell of",
    ),
)
_LONGEST_TITLE: Final = 200
_OUTSIDE_LABEL: Final = re.compile(
    r"date|status|next|started|completed|implementation started|final completion", re.IGNORECASE
)


def opens(pattern: re.Pattern[str], node: Node) -> bool:
    """Whether `node` is a heading, or a line with something under it, of the kind that `pattern` tells."""
    return _may_open(node) and pattern.search(node.text) is not None


def is_called(pattern: re.Pattern[str], node: Node) -> bool:
    """The same, where the whole of the line is the name."""
    return _may_open(node) and pattern.fullmatch(node.text) is not None


def _may_open(node: Node) -> bool:
    if len(node.text) > _LONGEST_TITLE:
        return False
    if node.kind == "heading":
        return node.level > 1
    return node.kind in {"item", "text"} and bool(node.children)


def why_outside(found: Found) -> str:
    """Why no key takes what stands there."""
    if _OUTSIDE_LABEL.fullmatch(found.node.label):
        return "an account of work; a run writes its own"
    for node in (found.node, *reversed(found.above)):
        for pattern, why in _ALMOST if node.kind in {"item", "text"} else ():
            if pattern.search(node.text.replace("_", " ")):
                return why
    for node in reversed(found.above):
        if opens(GATE, node) or opens(ANSWERS, node):
            return "it stands where commands or answers do, and is not told to be one; a command is told by backquotes"
        if opens(TIMEOUTS, node) and found.node.label:
            return "it stands among timeouts, and no duration can be read in it"
        for pattern, why in _OUTSIDE if node.level != 1 else ():
            if pattern.search(node.text):
                return why
    return "no key of a definition says this"
