"""Owns listing the files of a folder that git does not keep: bounded, following no link, past what tools fill."""

from __future__ import annotations

import os
from typing import Final

from gatekeeper.model.record import NamedTuple

MOST_FILES: Final = 50_000
_DEEPEST: Final = 12
_FILLED_BY_TOOLS: Final = frozenset({
    ".cache", ".eggs", ".gatekeeper", ".git", ".gradle", ".hg", ".idea", ".mypy_cache", ".next", ".nox", ".nuxt",
    ".pytest_cache", ".ruff_cache", ".svn", ".terraform", ".tox", ".turbo", ".venv", ".yarn", "__pycache__",
    "bower_components", "build", "coverage", "dist", "node_modules", "obj", "out", "site-packages", "target", "vendor",
    "venv",
})  # fmt: skip


class Listed(NamedTuple):
    """The names of files, relative and with slashes; `whole` says whether these are all."""

    names: tuple[str, ...]
    whole: bool


def walked(root: str) -> Listed:
    """The files below `root`, the shallow ones first, so that a bound cuts off what is deep."""
    names: list[str] = []
    folders = [""]
    whole = True
    for depth in range(_DEEPEST + 1):
        deeper: list[str] = []
        for folder in folders:
            try:
                with os.scandir(os.path.join(root, folder)) as found:
                    entries = sorted(found, key=lambda entry: entry.name)
            except OSError:
                whole = False
                continue
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _FILLED_BY_TOOLS:
                        deeper.append(path)
                elif entry.is_file(follow_symlinks=False):
                    if len(names) == MOST_FILES:
                        return Listed(tuple(names), whole=False)
                    names.append(path)
        folders = deeper
        if not folders:
            return Listed(tuple(names), whole)
        whole = whole and depth < _DEEPEST
    return Listed(tuple(names), whole=False)
