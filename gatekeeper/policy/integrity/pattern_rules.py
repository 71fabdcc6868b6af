"""Owns comparing a project's patterns of known failures, as texts. Reads no YAML: what it cannot rule out, it tells."""

from __future__ import annotations

import re

from gatekeeper.policy.integrity.change import Note
from gatekeeper.policy.integrity.lexing import without_comments

_EXCUSES = re.compile(r"infra|mitigation|(?<!\\)\\(?:[xuU]|\s*$)|[:\[{,-]\s*[&*!]", re.MULTILINE)
"""What calls a failure the machine's, or offers a command; and ways of YAML to write that otherwise."""


def compare_patterns(before: str | None, after: str | None) -> list[Note]:
    """What became of one pattern. One that may excuse failures is a weakening as soon as anything of it is new."""
    was, now = (None if text is None else without_comments(text, "hash").split() for text in (before, after))
    if was == now:
        return []
    if after is not None and _EXCUSES.search(without_comments(after, "hash")):
        return [Note("excusing-pattern", "it may call a failure infra, or offers a mitigation")]
    return [
        Note("changed-pattern", "it came in" if before is None else "it is gone" if after is None else "it differs")
    ]
