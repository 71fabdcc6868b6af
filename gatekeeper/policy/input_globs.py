"""Owns which paths the globs of a step's `inputs` name. Knows no file: it is told of paths.

In a glob ``*``, ``?`` and ``[...]`` stand for part of a name, ``**`` for any folders, and ``..`` leads upward. What a
glob names is named with all that lies in it. A name is also taken as it is written: ``[id]`` is a folder that is called
so, too. Where there is doubt more is named: to run a step without need costs time, and not to run it may be wrong.
"""

from __future__ import annotations

import posixpath
import re

_WILD = frozenset("*?[")
_SET = re.compile(r"\[(!?)(\]?[^\]]*)\]")
_ALL_BELOW = "(?:/.*)?"


class InputGlob:
    """One glob, as it is meant from `folder`, an absolute path with no link in it."""

    def __init__(self, folder: str, glob: str) -> None:
        names = [name for name in posixpath.normpath(posixpath.join(folder, glob)).split("/") if name]
        wild = next((number for number, name in enumerate(names) if _WILD & set(name)), len(names))
        self.fixed = "/" + "/".join(names[:wild])
        """The folder, or the file, beyond which nothing is named."""
        whole, partly = _ALL_BELOW, ""
        for name in reversed(names):
            if name == "**":
                whole, partly = _ALL_BELOW + whole.removeprefix(_ALL_BELOW), _ALL_BELOW
            else:
                whole, partly = f"/{_name(name)}{whole}", f"(?:/{_name(name)}{partly})?"
        self._names = re.compile(whole, re.DOTALL).fullmatch
        self._leads_on = re.compile(partly, re.DOTALL).fullmatch

    def names(self, path: str) -> bool:
        """Whether the file at the absolute `path` is named."""
        return self._names(path) is not None

    def leads_through(self, path: str) -> bool:
        """Whether something that is named may lie behind `path`, should that lead elsewhere, or be `path` itself."""
        return self._leads_on(path) is not None or self.names(path)


def _name(name: str) -> str:
    if not _WILD & set(name):
        return re.escape(name)
    parts: list[str] = []
    at = 0
    while at < len(name):
        if name[at] == "[" and (found := _SET.match(name, at)) is not None and (some := _one_of(found)) is not None:
            parts.append(some)
            at = found.end()
            continue
        parts.append({"*": "[^/]*", "?": "[^/]"}.get(name[at], re.escape(name[at])))
        at += 1
    return f"(?:{''.join(parts)}|{re.escape(name)})"


def _one_of(found: re.Match[str]) -> str | None:
    """The expression of a set of characters; None where it is none, like a range that runs backwards."""
    inside = re.sub(r"[\\\[\]^&~|]|(?<=-)-", r"\\\g<0>", found[2])
    some = f"(?!/)[{'^' if found[1] else ''}{inside}]"
    try:
        re.compile(some)
    except re.error:
        return None
    return some
