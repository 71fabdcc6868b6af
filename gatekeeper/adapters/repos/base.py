"""Owns where a branch left its base, and what changed since outside of the cycle's repos. Judges nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.commits import CannotRead, resolve
from gatekeeper.adapters.repos.loose import ignored_names
from gatekeeper.adapters.repos.sides import NotCompared, Text, committed, decoded, read_bounded, said


def base_of(folder: str, ref: str, head: str, bounds: Bounds) -> str:
    """The commit in which `head` (or the current one) and `ref` were last the same; the ref's where there is none.

    What others brought to the ref since is nothing that this tree took away. Raises `NotCompared`.
    """
    try:
        tip = resolve(folder, ref).id
    except CannotRead as fault:
        raise NotCompared(str(fault)) from None
    try:
        return said(folder, bounds, "merge-base", tip, head or "HEAD").decode().strip()
    except NotCompared:
        return tip


def ignored_judges(folder: str, gates: str, commit: str, bounds: Bounds) -> dict[str, tuple[Text, Text]]:
    """What `ignored_names` finds: in a commit, and now. Raises `NotCompared`."""
    paths = ignored_names(folder, gates, bounds)
    before = committed(folder, commit, paths, bounds)
    return {path: (before[path], _now(os.path.join(folder, path))) for path in paths}


def loose_changes(root: str, commit: str, scripts: Iterable[str], bounds: Bounds) -> dict[str, tuple[Text, Text]]:
    """What differs in `gates/`, and of `scripts`, of the project at `root` between a commit and the working tree.

    Raises `NotCompared`.
    """
    inside = [os.path.relpath(path, root) for path in scripts if path.startswith(f"{root}/")]
    looked_at = ("gates", *inside)
    tracked = said(
        root,
        bounds,
        "diff",
        "--name-only",
        "-z",
        "--no-renames",
        "--relative",
        "--no-ext-diff",
        commit,
        "--",
        *looked_at,
    )
    new = said(root, bounds, "ls-files", "-o", "-z", "--exclude-standard", "--", *looked_at)
    ignored = ignored_names(root, os.path.join(root, "gates"), bounds)
    paths = sorted({*ignored, *(os.fsdecode(name) for name in (tracked + new).split(b"\0") if name)})
    before = committed(root, commit, paths, bounds)
    return {path: (before[path], _now(os.path.join(root, path))) for path in paths}


def _now(path: str) -> Text:
    content = read_bounded(path)
    if content is not None:
        return decoded(content)
    return Text(None, "it cannot be read, or is no regular file of a bearable size" if os.path.lexists(path) else "")
