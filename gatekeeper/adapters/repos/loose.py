"""Owns files that judge and that no reading of a tree sees: git's hooks and filters, and `gates/` beside all repos."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.sides import NotCompared, read_bounded, said

_FILES = 500
_READ_BY_US = frozenset({"baseline", "quarantine", "pattern"})
_HOOKS = rb"(?im)^\s*hookspath\s*=[^\n]*"
_SETTINGS = rb"(?im)^\s*(?:hookspath|clean|process|attributesfile|path)\s*=[^\n]*"
_ATTRIBUTES = rb"(?im)^[^#\n]*\bfilter=[^\n]*"


def hooks_of(folder: str) -> dict[str, bytes]:
    """The hooks of the repository around `folder` by their absolute paths, and where git was told to look for them."""
    repository = repository_of(folder)
    if repository is None:
        return {}
    return _hooks(repository) | _told(os.path.join(repository, "config"), _HOOKS)


def asides_of(folder: str) -> dict[str, bytes]:
    """Hooks, and what git was told of them and of filters: of programs that make of a file what git compares.

    Filters are looked for in this user's settings, too.
    """
    repository = repository_of(folder)
    if repository is None:
        return {}
    home = os.path.expanduser("~")
    settings = os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "git")
    found = _hooks(repository)
    for path in (os.path.join(where, "config") for where in (repository, settings)):
        found |= _told(path, _SETTINGS)
    for path in (os.path.join(repository, "info", "attributes"), os.path.join(settings, "attributes")):
        found |= _told(path, _ATTRIBUTES)
    return found | _told(os.path.join(home, ".gitconfig"), _SETTINGS)


def _hooks(repository: str) -> dict[str, bytes]:
    return _below(os.path.join(repository, "hooks"), but=".sample")


def _told(path: str, line: bytes) -> dict[str, bytes]:
    """The lines of a file that are like `line`, where there are any."""
    told = b"\n".join(re.findall(line, read_bounded(path) or b""))
    return {path: told} if told else {}


def ignored_of(folder: str, gates: str, bounds: Bounds) -> dict[str, bytes]:
    """What `ignored_names` finds in a repo, by absolute paths. Of what git cannot list, nothing is known."""
    found: dict[str, bytes] = {}
    try:
        names = ignored_names(folder, gates, bounds)
    except NotCompared:
        return found
    for name in names:
        path = os.path.join(folder, name)
        found |= {path: content} if (content := read_bounded(path)) is not None else {}
    return found


def ignored_names(folder: str, gates: str, bounds: Bounds) -> list[str]:
    """What git is told to ignore in `folder`, and judges all the same. Raises `NotCompared`.

    That is what a test runner loads unasked (folders that are ignored as a whole are not looked into), and what we read
    ourselves below `gates`, an absolute path.
    """
    from gatekeeper.policy.integrity.guarded import is_loaded_unasked, kind_of

    question = ("ls-files", "-o", "-i", "-z", "--exclude-standard")
    names = said(folder, bounds, *question, "--directory").split(b"\0")
    found = {path for name in names if is_loaded_unasked(path := os.fsdecode(name))}
    if f"{gates}/".startswith(f"{folder}/"):
        names = said(folder, bounds, *question, "--", os.path.relpath(gates, folder)).split(b"\0")
        found |= {path for name in names if kind_of(path := os.fsdecode(name)) in _READ_BY_US}
    return sorted(found)


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
