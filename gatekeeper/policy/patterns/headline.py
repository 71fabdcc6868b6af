"""Owns which one line tells a failure best: of what speaks against a step, or of what it wrote. Knows no pattern."""

from __future__ import annotations

import re
from collections.abc import Sequence

HUNG = "hung: "
"""With this begins why a step hung, in the midst of what is said of its timeout."""

SAYS_LITTLE = frozenset({"exit-code", "signal", "report-missing", "report-disagrees", "coverage-missing", "no-metric"})
"""Findings that say no more than that it came to a bad end; the output says more."""

_NAMED = re.compile(
    r"(?:^|[\s\[(])(?:[\w.:]*(?:Error|Exception|Fault)|[Ff]atal(?: error)?|FATAL|panic|PANIC|ERROR|error|Error)"
    r"(?:\[[\w-]+\]|\s\w{1,12})?[:\]]\s*\S"
)
_TROUBLE = re.compile(
    r"(?i)\b(?:fail|error|exception|fatal|panic|abort|cannot|can't|could not|couldn't|unable|denied|refused|rejected"
    r"|not found|no such|invalid|unexpected|missing|unknown|unsupported|corrupt|mismatch|time[d ]*out|killed|expired)"
    r"|(?-i:^\s*(?:\w+[.:]+)*[A-Z][a-z]+(?:[A-Z][a-z]+)+: \S)"
)
_ANYTHING = re.compile(r"\S")
# How tools pass on that something else has failed, and frames of stacks: every failure of theirs ends like that.
_PASSED_ON = re.compile(
    r"^\s*(?:g?make(?:\[\d+\])?: \*\*\*"
    r"|npm (?:ERR!|error) (?:code|errno|path|workspace|location|signal|command|A complete log|Lifecycle)"
    r"|error Command failed|at \S+|File \"|=+ .* in [\d.]+s|FAILED \(|Traceback \(most recent)"
    r"|ELIFECYCLE|\bexit(?:ed)?(?: with)?(?: code| status)? \d+\s*\.?$"
)


def headline_of(said: Sequence[tuple[str, str]], output: Sequence[str]) -> str:
    """The line that tells a failure, without blanks around it; empty where there is none.

    `said` are findings as (kind, message). One that says more than how the step ended is taken first; then, of the
    output, the last line that names an error, the last that speaks of trouble or begins like an exception, the last at
    all. How a step ended tells nothing: a great many failures end alike.
    """
    for kind, message in said:
        if kind not in SAYS_LITTLE and (line := _telling(kind, message)):
            return line
    for asked in (_NAMED, _TROUBLE, _ANYTHING):
        for line in reversed(output):
            if asked.search(line) and not _PASSED_ON.search(line):
                return line.strip()
    return ""


def _telling(kind: str, message: str) -> str:
    """The first line of a finding; of a timeout only why it hung, where that was seen."""
    if kind == "timeout":
        message = message[at:] if (at := message.find(HUNG)) >= 0 else ""
    return next((line.strip() for line in message.splitlines() if line.strip()), "")
