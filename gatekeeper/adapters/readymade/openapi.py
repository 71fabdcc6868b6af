"""Owns checking that an API keeps what it promised: both documents read, then compared by oasdiff or by ourselves."""

from __future__ import annotations

import os
import shutil

from gatekeeper.adapters.readymade.oasdiff import check_with_oasdiff
from gatekeeper.adapters.readymade.sources import Fetched, fetch
from gatekeeper.adapters.readymade.yaml_lines import lines_of
from gatekeeper.policy.ready_made.checked import Checked, Spot
from gatekeeper.policy.ready_made.openapi.contract import Unfit
from gatekeeper.policy.ready_made.openapi.operations import compare


def check_openapi(base: str, head: str, tool: str) -> tuple[Checked, ...]:
    """One check for each operation of `base`; a failed one where the documents can't be compared at all."""
    if os.path.exists(base) and os.path.exists(head) and os.path.samefile(base, head):
        return (_failed(head, f"{base} is the same file; write `base: ref:path`, or another file"),)
    program = shutil.which("oasdiff") if tool != "own" else None
    if tool == "oasdiff" and program is None:
        return (_failed(head, "oasdiff is not on PATH; install it, or write `tool: own`"),)
    try:
        before, after = fetch(base), fetch(head)
        lines = lines_of(after.contents[after.contract.root])
        found = compare(before.contract, after.contract, lines) if program is None else ()
        if program is not None:
            found = check_with_oasdiff(program, before, after, lines)
    except Unfit as fault:
        return (_failed(head, str(fault)),)
    _say(base, before, head, after, program or "our own check")
    return found


def _say(base: str, before: Fetched, head: str, after: Fetched, by: str) -> None:
    old, new = (len(list(fetched.contract.operations())) for fetched in (before, after))
    print(f"comparing {base} ({old} operations) with {head} ({new} operations), by {by}")


def _failed(head: str, message: str) -> Checked:
    return Checked(head, "can be compared", (Spot(message),))
