"""Owns which files commands run, those that the files themselves run included, as far as they are there."""

from __future__ import annotations

import os
from collections.abc import Iterable

from gatekeeper.adapters.repos.sides import decoded, read_bounded

_DEEPEST, _MOST = 4, 400


def called_by(commands: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Absolute paths that `commands` (folder and text) may run. What a command itself names need not be there."""
    from gatekeeper.policy.integrity.scripts import scripts_in

    named = {os.path.normpath(os.path.join(folder, path)) for folder, text in commands for path in scripts_in(text)}
    found, looked_into = set(named), set[str]()
    for _ in range(_DEEPEST):
        new = {path for path in found - looked_into if os.path.isfile(path)}
        if not new or len(found) > _MOST:
            break
        looked_into |= new
        for path in new:
            text = decoded(read_bounded(path) or b"").text
            # A script names others from its own folder, or from the one that it is run in.
            for folder in {os.path.dirname(path), *(where for where, _ in commands)}:
                inside = (os.path.normpath(os.path.join(folder, each)) for each in scripts_in(text or ""))
                found |= {each for each in inside if os.path.isfile(each)}
    return frozenset(found)
