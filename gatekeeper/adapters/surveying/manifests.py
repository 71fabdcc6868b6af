"""Owns which files of a tree are manifests, and reading them: bounded in number, size and depth, and never a link."""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterable
from typing import Final

import yaml

from gatekeeper.policy.surveying.survey import Data, Manifest, Skipped, Survey

LARGEST: Final = 512 << 10
MOST: Final = 300
_DEEPEST: Final = 5
_DEEPEST_NESTING: Final = 60
_NAMES: Final = re.compile(
    r"\.gitignore|package\.json|pnpm-workspace\.yaml|pyproject\.toml|tox\.ini|setup\.cfg|pytest\.ini|\.?mypy\.ini|noxfile\.py"
    r"|[\w.-]*requirements[\w.-]*\.(?:txt|in)|go\.(?:mod|work)|Cargo\.toml|nextest\.toml|pom\.xml|Gemfile"
    r"|[\w.-]+\.gemspec|Rakefile|composer\.json|[\w.-]+\.(?:cs|fs|vb)proj|GNUmakefile|[Mm]akefile|\.?[Jj]ustfile"
    r"|[Tt]askfile(?:\.dist)?\.ya?ml|(?:docker-)?compose\.ya?ml|\.pre-commit-config\.yaml|\.?lefthook\.ya?ml"
)
_PATHS: Final = re.compile(
    r"\.github/workflows/[^/]+\.ya?ml|\.husky/pre-(?:commit|push)|(?:dev-scripts|scripts?|bin)/[\w.-]+"
    r"|(?:.*/)?requirements/[\w.-]+\.(?:txt|in)"
)
_TEST_FILE: Final = re.compile(r"(?:.*/)?(?:test_[^/]*|[^/]*_test)\.py")
_MOST_TEST_FILES: Final = 20


_LOADER: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Makes texts of all scalars; libyaml's is a tenth of the work."""
_MOST_TEXT: Final = 8 << 20


class _Unreadable(Exception):
    """Why a manifest is not read."""


def survey(root: str, name: str, files: Iterable[str], *, whole: bool = True) -> Survey:
    """What the tree at `root` says of itself; `files` are the names of its files, and `whole` whether of all."""
    known = frozenset(files)
    manifests: dict[str, Manifest] = {}
    skipped: list[Skipped] = [] if whole else [Skipped(".", "the tree is larger than what was looked at")]
    wanted = _wanted(known)
    left = _MOST_TEXT
    for path in wanted[:MOST]:
        if left <= 0:
            skipped.append(Skipped(path, f"what was read before it is larger than {_MOST_TEXT >> 20} MiB"))
            continue
        try:
            manifests[path] = _manifest(root, path)
            left -= len(manifests[path].text)
        except _Unreadable as why:
            # A path that only looks like a script is nobody's loss.
            if not _PATHS.fullmatch(path) or path.startswith("."):
                skipped.append(Skipped(path, str(why)))
    skipped += (Skipped(path, f"more than {MOST} manifests are here") for path in wanted[MOST : MOST + 1])
    return Survey(name, known, manifests, tuple(skipped))


def _wanted(files: frozenset[str]) -> list[str]:
    near = sorted((path for path in files if path.count("/") <= _DEEPEST), key=lambda path: (path.count("/"), path))
    wanted = [path for path in near if _NAMES.fullmatch(path.rpartition("/")[2]) or _PATHS.fullmatch(path)]
    return wanted + [path for path in near if _TEST_FILE.fullmatch(path)][:_MOST_TEST_FILES]


def _manifest(root: str, path: str) -> Manifest:
    text = _text(root, path)
    parse = _PARSERS.get(path.rpartition(".")[2])
    try:
        return Manifest(path, text, parse(text) if parse else None)
    except RecursionError:
        raise _Unreadable("it is nested too deep") from None
    except (ValueError, yaml.YAMLError) as fault:
        first = " ".join(str(fault).split())[:100]
        raise _Unreadable(f"it is no valid {path.rpartition('.')[2].upper()}: {first}") from None


def _text(root: str, path: str) -> str:
    """The text of a file that is one: no link anywhere on the way, no pipe, not too large."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        *above, name = path.split("/")
        for part in above:
            deeper = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            os.close(folder)
            folder = deeper
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as fault:
        raise _Unreadable(fault.strerror or str(fault)) from None
    finally:
        os.close(folder)
    with open(file, "rb") as opened:
        about = os.fstat(opened.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise _Unreadable("it is no plain file")
        content = opened.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise _Unreadable(f"it is larger than {LARGEST >> 10} KiB")
    if b"\0" in content:
        raise _Unreadable("it is no text: there is a NUL in it")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as fault:
        raise _Unreadable(f"it is no text in UTF-8 (byte {fault.start + 1})") from None


def _yaml(text: str) -> Data:
    """Every scalar a text, no merging of keys: neither tags nor aliases can make more of it than is written."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST_NESTING:
            raise ValueError("it is nested too deep")
    found: Data = yaml.load(text, Loader=_LOADER)  # noqa: S506 - the loader that makes texts only
    return found


def _json(text: str) -> Data:
    found: Data = json.loads(text)
    return found


def _toml(text: str) -> Data:
    found: Data = tomllib.loads(text)
    return found


_PARSERS: Final[dict[str, Callable[[str], Data]]] = {"json": _json, "toml": _toml, "yaml": _yaml, "yml": _yaml}
