"""Owns which paths do not count: what the cycle itself writes, and nothing that judges. Knows nothing of git."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

_GLOB = frozenset("*?[")


def leave_out(patterns: tuple[str, ...]) -> Callable[[bytes], bool]:
    """A test for absolute, real paths: does one of `patterns`, or a folder that one names, hold this path?

    A pattern is an absolute path, in which ``*``, ``?``, ``[...]`` (inside a name) and ``**`` (any folders) may
    stand for names. The part of it that exists is taken as it is, so that a folder called ``[x]`` is no glob.
    """
    if not patterns:
        return lambda _path: False
    # What a pattern names is left out with all that lies below it.
    matches = re.compile("|".join(f"(?:{_expression(pattern)})(?:/.*)?" for pattern in patterns), re.DOTALL).fullmatch
    return lambda path: matches(os.fsdecode(path)) is not None


def counts_all_the_same(path: bytes, *, committed: bool) -> bool:
    """Whether a path, seen from its repo, counts though it is left out: what judges, called an artifact of a step."""
    from gatekeeper.policy.integrity.guarded import is_loaded_unasked, kind_of

    name = os.fsdecode(path)
    return is_loaded_unasked(name) or (committed and kind_of(name) in {"test", "test-config"})


def _expression(pattern: str) -> str:
    names = [name for name in pattern.split("/") if name not in {"", "."}]
    known = "/"
    while names and (not _GLOB & set(names[0]) or os.path.lexists(f"{known.rstrip('/')}/{names[0]}")):
        known = f"{known.rstrip('/')}/{names.pop(0)}"
    # Only the folder is resolved: a log file that is a symlink is left out under its own name.
    folder, name = os.path.split(known)
    literal = re.escape(os.path.join(os.path.realpath(folder), name).rstrip("/"))
    globbed = literal + "".join("(?:/.*)?" if part == "**" else "/" + _component(part) for part in names)
    try:
        re.compile(globbed)
    except re.error:  # a range that runs backwards, as in [z-a], names nothing: only the text itself is left
        return literal + re.escape("".join(f"/{name}" for name in names))
    return globbed


def _component(name: str) -> str:
    parts: list[str] = []
    at = 0
    while at < len(name):
        closing = name.find("]", at + 2) if name[at] == "[" else -1
        if closing > 0:
            # Python's re reserves doubled -, &, ~ and | inside a set for other meanings.
            inside = re.sub(r"[\\\[&~|]|(?<=-)-", r"\\\g<0>", name[at + 1 : closing])
            parts.append(f"[^{inside[1:]}/]" if inside[0] == "!" else f"(?!/)[{inside.replace('^', chr(92) + '^')}]")
            at = closing
        else:
            parts.append({"*": "[^/]*", "?": "[^/]"}.get(name[at], re.escape(name[at])))
        at += 1
    return "".join(parts)
