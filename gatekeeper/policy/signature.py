"""Owns naming a failure, so that the same failure on another day, or in another folder, has the same name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gatekeeper.model.verdict import Finding, StepResult

# What changes from one occurrence of the same failure to the next: addresses, ids, times, counts, places in the tree.
_VARYING = r"/tmp/\S+|0x[0-9a-fA-F]+|[0-9a-fA-F]{8,}|(?:/[\w.@%+~-]+)+/(?=[\w.@%+~-])|\d+"  # noqa: S108 - a place that is recognised, not used


def normalised(text: str) -> str:
    """`text` without what varies by chance: numbers, ids, and the folders of absolute paths."""
    return re.sub(_VARYING, _in_its_place, text)


def step_signature(verdict: str, findings: Iterable[Finding]) -> str:
    """``sha256:`` over a step's verdict and what speaks against it, without what varies by chance."""
    return _digest(_lines("", verdict, findings))


def failure_signature(failed: Iterable[StepResult]) -> str:
    """``sha256:`` over which steps did not pass and what speaks against them, without what varies by chance."""
    return _digest(line for result in failed for line in _lines(str(result.step), result.verdict, result.findings))


def _lines(step: str, verdict: str, findings: Iterable[Finding]) -> Iterable[str]:
    for finding in [each for each in findings if each.blocks] or (Finding("none", ""),):
        yield f"{step}|{verdict}|{finding.kind}|{normalised(finding.message)}"


def _digest(lines: Iterable[str]) -> str:
    import hashlib

    return "sha256:" + hashlib.sha256("\n".join(sorted(lines)).encode(errors="replace")).hexdigest()


def _in_its_place(found: re.Match[str]) -> str:
    return "/" if found[0].startswith("/") and found[0].endswith("/") else "#"
