"""Owns naming a failure, so that the same failure on another day, or in another folder, has the same name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gatekeeper.model.events import StepFinished
from gatekeeper.model.verdict import Finding, StepResult, StepVerdict

# What changes from one occurrence of the same failure to the next: addresses, ids, times, counts, places in the tree.
_VARYING = r"/tmp/\S+|0x[0-9a-fA-F]+|[0-9a-fA-F]{8,}|(?:/[\w.@%+~-]+)+/(?=[\w.@%+~-])|\d+"  # noqa: S108 - a place that is recognised, not used

# What of a failure looks like chance and is none: how a command ended, what a server answered.
_TELLING = r"(?P<telling>\b(?:exit code|exit status|status|signal|expected|received) \d{1,3}\b(?!\.\d))"

# What only a step's signature takes out: whole UUIDs, and quoted text that a tool cut in the middle because it got too
# long, which is at another place in another folder. We cut the end of long messages: what is there may be missing.
_BEGINNING = 100
_CUT = r"'[^'\n]{0,300}\.\.\.[^'\n]{0,300}'|\"[^\"\n]{0,300}\.\.\.[^\"\n]{0,300}\""
_UUID = r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"


def normalised(text: str) -> str:
    """`text` without what varies by chance: numbers, ids, and the folders of absolute paths."""
    return re.sub(_VARYING, _in_its_place, text)


def step_signature(verdict: str, findings: Iterable[Finding], output: Sequence[str] = ()) -> str:
    """``sha256:`` over a step's verdict and what speaks against it, without what varies by chance.

    Other than in the signature of a round, exit codes and statuses count: a command that is not found has failed
    otherwise than its tests. Of a timeout it only counts that it was one: where it hung is seen by chance. Where no
    finding says more than how the step ended, the line of its `output` (the last lines) that tells most counts, too.
    """
    speaking = _speaking(findings)
    lines = [
        f"{verdict}|{finding.kind}|{'' if finding.kind == 'timeout' else _exactly(finding.message)}"
        for finding in speaking
    ]
    return _digest((*lines, f"said|{_exactly(told)}") if (told := headline_beside(speaking, output)) else lines)


def result_signature(event: StepFinished) -> str:
    """`step_signature` of what a step came to; empty where it passed."""
    if event.verdict == StepVerdict.PASSED:
        return ""
    return step_signature(event.verdict, event.findings, event.last_lines)


def headline_beside(findings: Iterable[Finding], output: Sequence[str]) -> str:
    """The line of a step's output that tells its failure best, where no finding that blocks says more; else empty."""
    # Only what failed pays for it.
    from gatekeeper.policy.patterns.headline import SAYS_LITTLE, headline_of

    bare = all(each.kind in SAYS_LITTLE for each in findings if each.blocks)
    return headline_of((), output) if bare else ""


def failure_signature(failed: Iterable[StepResult]) -> str:
    """``sha256:`` over which steps did not pass and what speaks against them, without what varies by chance."""
    return _digest(line for result in failed for line in _lines(str(result.step), result.verdict, result.findings))


def _lines(step: str, verdict: str, findings: Iterable[Finding]) -> Iterable[str]:
    for finding in _speaking(findings):
        yield f"{step}|{verdict}|{finding.kind}|{normalised(finding.message)}"


def _speaking(findings: Iterable[Finding]) -> list[Finding]:
    return [each for each in findings if each.blocks] or [Finding("none", "")]


def _exactly(text: str) -> str:
    return re.sub(f"{_TELLING}|{_UUID}|{_CUT}|{_VARYING}", _in_its_place, text)[:_BEGINNING]


def _digest(lines: Iterable[str]) -> str:
    import hashlib

    return "sha256:" + hashlib.sha256("\n".join(sorted(lines)).encode(errors="replace")).hexdigest()


def _in_its_place(found: re.Match[str]) -> str:
    if found.lastgroup == "telling":
        return found[0]
    return "/" if found[0].startswith("/") and found[0].endswith("/") else "#"
