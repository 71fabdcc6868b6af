"""Owns finding Python environments in which a repo is installed as editable: programs in them import its real files.

They are the lent ones, and those that the `PATH` or the usual tools lead to (activated ones, poetry's, pipenv's).
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

_LARGEST = 1 << 20
_SITE = "lib/python*/site-packages"
_INSTALLED = ("*.pth", "__editable__*.py")
_NAMED = ("VIRTUAL_ENV", "CONDA_PREFIX")
_AT_HOME = (".local", ".virtualenvs/*", ".local/share/virtualenvs/*", ".cache/pypoetry/virtualenvs/*")


def leads_back(repo: str, lent: Iterable[str], environ: Mapping[str, str]) -> str:
    """A file that has programs look at the real repo, or empty; relative to the repo where it lies in it."""
    real = os.path.realpath(repo)
    for path in _installed(real, lent, environ):
        if os.fsencode(real) in _beginning(path):
            return os.path.relpath(path, real) if path.startswith(f"{real}/") else path
    return ""


def imported_from(repo: str, lent: Iterable[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """The folders, relative to `repo`, that such environments import its code from."""
    real = os.path.realpath(repo)
    found: dict[str, None] = {}
    for path in _installed(real, lent, environ):
        text = os.fsdecode(_beginning(path))
        if path.endswith(".pth"):
            places = [line.strip() for line in text.splitlines()]
        else:
            # A finder names packages and modules; what they are imported from is the folder around them.
            places = [os.path.dirname(place) for place in re.findall(rf"['\"]({re.escape(real)}/[^'\"]+)['\"]", text)]
        for place in places:
            if f"{place}/".startswith(f"{real}/") and os.path.isdir(place):
                found[os.path.relpath(place, real)] = None
    return tuple(found)


def _installed(real: str, lent: Iterable[str], environ: Mapping[str, str]) -> Iterator[str]:
    for prefix in dict.fromkeys(_prefixes(real, lent, environ)):
        for pattern in _INSTALLED:
            yield from sorted(glob.glob(os.path.join(prefix, _SITE, pattern)))


def _prefixes(real: str, lent: Iterable[str], environ: Mapping[str, str]) -> Iterator[str]:
    """Where environments may lie, as patterns of `glob`."""
    yield from (glob.escape(os.path.join(real, name)) for name in lent)
    yield from (glob.escape(environ[name]) for name in _NAMED if environ.get(name))
    for folder in environ.get("PATH", "").split(os.pathsep):
        if os.path.isabs(folder) and os.path.basename(folder) == "bin":
            yield glob.escape(os.path.dirname(folder))
    if home := environ.get("HOME", ""):
        yield from (os.path.join(glob.escape(home), place) for place in _AT_HOME)


def _beginning(path: str) -> bytes:
    with suppress(OSError), open(path, "rb") as file:
        return file.read(_LARGEST)
    return b""
