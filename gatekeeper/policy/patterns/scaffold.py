"""Owns the first draft of a pattern for a failure that was mined: its name and its file's text. Writes no file."""

from __future__ import annotations

import json
import re
from collections.abc import Collection

from gatekeeper.policy.patterns.headline import HUNG
from gatekeeper.policy.patterns.likeness import regex_for
from gatekeeper.policy.patterns.mining import Mined

TODO = "TODO"
"""What a person has to replace begins with it."""

# No definition is read that holds one of them as it is.
_NOT_PLAIN = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_WORDS = 4
_WORD = re.compile(r"[a-z]{3,}")
_SAY_NOTHING = frozenset(
    {"error", "fatal", "exception", "failed", "failure", "the", "and", "for", "was", "has", "with"}
)


def name_for(mined: Mined, taken: Collection[str]) -> str:
    """A pattern's name, of the words that stay the same, which is none of `taken`."""
    words = [word for word in _WORD.findall(re.sub(r"⟨\w*#?⟩", " ", mined.like).lower()) if word not in _SAY_NOTHING]
    name = "_".join(words[:_WORDS])[:48].rstrip("_") or "unknown_failure"
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def pattern_text(mined: Mined, name: str, sample: str) -> str | None:
    """The YAML of a pattern called `name`, whose sample lies in `sample`; None where no regex could find it again."""
    regex = regex_for(mined.like, whole=not mined.like.startswith(HUNG))
    if not regex or not all(re.search(regex, line) for line in mined.lines):
        return None
    number = f"{len(mined.runs)} run{'' if len(mined.runs) == 1 else 's'}"
    return "\n".join(
        (
            f"# Mined from {number} (confidence: {mined.confidence}), the newest of them {mined.runs[0]}.",
            f"# Not finished: replace every {TODO}, and see whether the regex is as narrow as it should be. To try it:",
            f"#   gatekeeper patterns test {sample} --only {name}",
            f"pattern: {name}",
            f"class: code   # {TODO}: code, config, infra (tried again, and no red) or flaky",
            "title: " + json.dumps(f"{TODO}: what happened, in a few words", ensure_ascii=False),
            "root_cause: " + json.dumps(f"{TODO}: why it happens, in a sentence", ensure_ascii=False),
            "suggestion: " + json.dumps(f"{TODO}: what to do, best as a command", ensure_ascii=False),
            "match:",
            "  text:",
            "    - " + _NOT_PLAIN.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(regex, ensure_ascii=False)),
            "",
        )
    )
