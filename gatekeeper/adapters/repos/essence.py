"""Owns reading what the files that changed between two readings of the trees held and hold. Judges nothing."""

from __future__ import annotations

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.reading import BoundRepo
from gatekeeper.adapters.repos.sides import NotCompared, Side, Store, changed_between, committed
from gatekeeper.policy.essence import FILES, Changed, rank


def changed_texts(repo: BoundRepo, before: Side, after: Side, store: Store, bounds: Bounds) -> list[Changed]:
    """The most telling files of a repo that differ, as many as are shown at most; one line says what git could not."""
    try:
        moved = changed_between(repo.path, before.commit, after.commit, bounds)
        dirty = {path for path in {*before.dirty, *after.dirty} if before.dirty.get(path) != after.dirty.get(path)}
        paths = sorted({*moved, *dirty}, key=lambda path: (rank(path), path))
        found: list[Changed] = []
        # A file that was different before, and then was committed, has not changed: it makes room for others.
        for at in range(0, len(paths), FILES):
            some = paths[at : at + FILES]
            found += _differing(repo, (before, after), some, store, bounds)
            if len(found) >= FILES or at >= FILES * 4:
                break
    except NotCompared as fault:
        return [Changed(repo.name, ".", None, None, str(fault))]
    return found[:FILES]


def _differing(
    repo: BoundRepo, sides: tuple[Side, Side], paths: list[str], store: Store, bounds: Bounds
) -> list[Changed]:
    texts = []
    for side in sides:
        clean = [path for path in paths if path not in side.dirty]
        held = committed(repo.path, side.commit, clean, bounds)
        texts.append(held | {path: store.get(side.dirty[path]) for path in paths if path in side.dirty})
    was, now = texts
    return [
        Changed(repo.name, path, was[path].text, now[path].text, was[path].problem or now[path].problem)
        for path in paths
        if was[path] != now[path] or was[path].problem
    ]
