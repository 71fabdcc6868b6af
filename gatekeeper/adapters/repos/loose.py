"""Owns files that judge and that no reading of a tree sees: git's own hooks, and `gates/` outside of all repos."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from gatekeeper.adapters.repos.sides import read_bounded

_FILES = 500


def hooks_of(folder: str) -> dict[str, bytes]:
    """The hooks of the repository around `folder` by their absolute paths, and where git was told to look for them."""
    repository = repository_of(folder)
    if repository is None:
        return {}
    hooks = _below(os.path.join(repository, "hooks"), but=".sample")
    config = os.path.join(repository, "config")
    content = read_bounded(config) or b""
    told = b"\n".join(re.findall(rb"(?im)^\s*hookspath\s*=[^\n]*", content)) if b"hookspath" in content.lower() else b""
    return {**hooks, **({config: told} if told else {})}


def gates_of(root: str, scripts: Iterable[str]) -> dict[str, bytes]:
    """What lies in `gates/` of a project, and those of its `scripts` (absolute paths) that are there."""
    found = _below(os.path.join(root, "gates"))
    for path in scripts:
        if path.startswith(f"{root}/") and (content := read_bounded(path)) is not None:
            found[path] = content
    return found


def _below(folder: str, but: str = "") -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(where, name)
            if but and name.endswith(but):
                continue
            content = read_bounded(path)
            if content is not None and len(found) < _FILES:
                found[path] = content
    return found


def repository_of(folder: str) -> str | None:
    """The folder that holds what the worktrees of a repository share."""
    here = os.path.realpath(folder)
    while not os.path.lexists(os.path.join(here, ".git")):
        parent = os.path.dirname(here)
        if parent == here:
            return None
        here = parent
    inner = os.path.join(here, ".git")
    if os.path.isfile(inner):
        pointer = (read_bounded(inner) or b"").decode("utf-8", "replace")
        inner = os.path.normpath(os.path.join(here, pointer.removeprefix("gitdir:").strip()))
    common = (read_bounded(os.path.join(inner, "commondir")) or b"").decode("utf-8", "replace").strip()
    return os.path.normpath(os.path.join(inner, common)) if common else inner
