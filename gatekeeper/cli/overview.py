"""Owns what `gatekeeper` alone shows: the cycles here and how they last ended. Runs nothing."""

from __future__ import annotations

import os

from gatekeeper.adapters.journal.runs import last_finished
from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.project import cycles, require_root, state_folder

_NEVER = "never run"


def main() -> int:
    """Print one line a cycle. Raises `UsageError` where there is no project."""
    root = require_root(os.getcwd())
    names = cycles(root)
    if not names:
        print(f"gates/ in {root} holds no definition yet; create gates/NAME.yaml, then: gatekeeper run NAME")
        return OK
    width = max(map(len, names))
    for name in names:
        print(f"{name:<{width}}  {_last(state_folder(root), name)}")
    print("\nrun one with: gatekeeper run NAME        more: gatekeeper --help")
    return OK


def _last(state: str, cycle: str) -> str:
    found = last_finished(state, cycle)
    if found is None:
        return _NEVER
    verdict, when = found
    return f"{verdict:<15}  {when}"
