"""Owns naming a failure as a whole, so that the same failure on another day has the same name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gatekeeper.model.verdict import Finding, StepResult

# What changes from one occurrence of the same failure to the next: addresses, ids, times, counts, temporary paths.
_VARYING = r"0x[0-9a-fA-F]+|[0-9a-fA-F]{8,}|/tmp/\S+|\d+"


def failure_signature(failed: Iterable[StepResult]) -> str:
    """``sha256:`` over which steps did not pass and what speaks against them, without what varies by chance."""
    import hashlib

    lines = sorted(
        f"{result.step}|{result.verdict}|{finding.kind}|{re.sub(_VARYING, '#', finding.message)}"
        for result in failed
        for finding in [each for each in result.findings if each.blocks] or (Finding("none", ""),)
    )
    return "sha256:" + hashlib.sha256("\n".join(lines).encode(errors="replace")).hexdigest()
