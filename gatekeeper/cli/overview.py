"""Owns what `gatekeeper` alone shows: the cycles here and how they last ended. Runs nothing."""

from __future__ import annotations

import os
import sys

from gatekeeper.adapters.journal.runs import last_verdict
from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.leftovers import tidy
from gatekeeper.cli.project import cycles, require_root, state_folder
from gatekeeper.engine.clock import SystemClock


def main() -> int:
    """Print one line a cycle. Raises `UsageError` where there is no project."""
    root = require_root(os.getcwd())
    for line in tidy(state_folder(root), SystemClock().now):
        print(f"gatekeeper: {line}", file=sys.stderr)
    names = cycles(root)
    if not names:
        print(f"gates/ in {root} holds no definition yet; create gates/NAME.yaml, then: gatekeeper run NAME")
        return OK
    width = max(map(len, names))
    for name in names:
        print(f"{name:<{width}}  {_last(state_folder(root), name)}")
    _tell_missing(state_folder(root))
    print("\nrun one with: gatekeeper run NAME        more: gatekeeper --help")
    return OK


def _tell_missing(state: str) -> None:
    from gatekeeper.cli.nightly.missing import missing_runs

    for line in missing_runs(state):
        print(f"missing: {line}")


def _last(state: str, cycle: str) -> str:
    end = last_verdict(state, cycle)
    if end is None:
        return "never run"
    if end.problem:
        return f"{'unreadable':<15}  {end.run}  ({end.problem})"
    if not end.verdict:
        return f"{'open':<15}  {end.run}"
    only = f"  (only {end.selection})" if end.selection else ""
    return f"{end.verdict:<15}  {end.time[:16].replace('T', ' ')} UTC{only}"
