"""Owns comparing files that tell CI servers and git hooks what to do. Knows no server in particular."""

from __future__ import annotations

import re
from collections import Counter

from gatekeeper.policy.integrity.change import Note, some
from gatekeeper.policy.integrity.settings import compare_switches, lax, strict
from gatekeeper.policy.integrity.shell_rules import compare_scripts

_STEP = re.compile(r"^\s*(?:-\s*)?(?:run|uses|id|repo|script|command|entry)[\"']?:\s*(?P<what>\S[^\n]*)$", re.MULTILINE)
_JOB = re.compile(r"^(?:  )?(?P<name>[A-Za-z_][\w-]*):\s*$", re.MULTILINE)
_SWITCHES = (
    lax(
        *("new-condition", "condition-removed"),
        r"^\s*(?:-\s*)?if:\s*(?:false|\$\{\{\s*false\s*\}\}|never\(\))",
        r"^\s*(?:-\s*)?when:\s*(?:never|manual)",
        r"stages:\s*\[\s*manual\s*\]|^\s*enabled:\s*false|^\s*skip:\s*(?:true|\[)[^\n]*",
    ),
    lax(
        *("deselected-tests", "selected-tests"),
        r"\b(?:branches|paths|tags)-ignore[\"']?:",
        r"^\s*(?:exclude|files):\s*[^\n]*",
    ),
    strict(
        *("more-steps", "removed-step"),
        r"^\s*(?:-\s*)?(?:pull_request|push|merge_group|merge_request_event|schedule)\b",
    ),
)


def compare_ci(before: str, after: str, elsewhere: frozenset[str] = frozenset()) -> list[Note]:
    """What two texts of a CI or hook file, without comments, say of how much is checked; see `compare_scripts`."""
    notes = [note for note in compare_scripts(before, after, elsewhere) if note.rule != "changed-command-line"]
    notes = [note._replace(rule="removed-step") if note.rule == "removed-command" else note for note in notes]
    notes = [note._replace(rule="more-steps") if note.rule == "more-commands" else note for note in notes]
    notes += compare_switches(_SWITCHES, before, after)
    for pattern, what in ((_STEP, "what"), (_JOB, "name")):
        old = Counter(found[what].strip() for found in pattern.finditer(before))
        new = Counter(found[what].strip() for found in pattern.finditer(after))
        gone = [each for each in (old - new).elements() if each not in elsewhere and f"{each}:" not in elsewhere]
        come = list((new - old).elements())
        if len(gone) > len(come):
            notes.append(Note("removed-step", some([f"`{each[:80]}`" for each in gone])))
        elif len(come) > len(gone):
            notes.append(Note("more-steps", some([f"`{each[:80]}`" for each in come])))
    return list(dict.fromkeys(notes))
