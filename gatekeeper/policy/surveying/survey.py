"""Owns the facts that proposals are made of: the names of a tree's files, and what its manifests hold. Reads none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from gatekeeper.model.record import NamedTuple

Data: TypeAlias = "dict[str, Data] | list[Data] | str | int | float | bool | None"

ASIDE: Final = frozenset({
    "asset", "assets", "benchmark", "benchmarks", "demo", "demos", "doc", "docs", "example", "examples", "fixture",
    "fixtures", "node_modules", "playground", "sample", "samples", "site", "spec", "template", "templates", "test",
    "testdata", "tests", "third_party", "vendor", "website",
})  # fmt: skip
"""Folders whose manifests describe what a project shows or tests, and not the project."""


class Skipped(NamedTuple):
    """A manifest that was not read, and why."""

    path: str
    why: str


class Place(NamedTuple):
    """A line of a file, from 1; 0 for the file as a whole."""

    file: str
    line: int


class Manifest(NamedTuple):
    """A file that says how a project is worked with; `data` is what it holds where its format is one of data."""

    path: str
    text: str
    data: Data = None

    def at(self, *words: str) -> Place:
        """Where `words` stand one under the other, as keys where they do; the whole file where they do not."""
        line = 0
        for word in words:
            line = self._after(line, word)
            if not line:
                return Place(self.path, 0)
        return Place(self.path, line)

    def get(self, *keys: str) -> Data:
        """What is under `keys`, or None."""
        found = self.data
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def table(self, *keys: str) -> dict[str, Data]:
        """What is under `keys`, empty where that is no mapping."""
        found = self.get(*keys)
        return found if isinstance(found, dict) else {}

    def says(self, pattern: str) -> Place | None:
        """The first line in which `pattern` is found."""
        # Line by line: no pattern can go astray over a long run of empty ones.
        lines = enumerate(self.text.split("\n"), 1)
        compiled = re.compile(pattern)
        return next((Place(self.path, number) for number, line in lines if compiled.search(line)), None)

    def _after(self, line: int, word: str) -> int:
        lines = self.text.split("\n")
        bare = rf"(?<![\w.@/-]){re.escape(word)}(?![\w-])"
        for pattern in (rf"^\s*[\"'\[]*{bare}[\"']?\s*[:=\]]", rf"{bare}[\"']?\s*[:=\]]", bare):
            for number, each in enumerate(lines[max(0, line - 1) :], max(1, line)):
                if re.search(pattern, each):
                    return number
        return 0


class Survey(NamedTuple):
    """A tree: its folder's name, its files (relative, with slashes), the manifests among them, what was skipped."""

    name: str
    files: frozenset[str]
    manifests: Mapping[str, Manifest]
    skipped: tuple[Skipped, ...] = ()

    def has(self, *paths: str) -> str:
        """The first of `paths` that is a file of the tree, or nothing."""
        return next((path for path in paths if path in self.files), "")

    def manifest(self, *paths: str) -> Manifest | None:
        """The first of `paths` that was read."""
        return next((self.manifests[path] for path in paths if path in self.manifests), None)

    def below(self, folder: str) -> Iterator[str]:
        """The files in `folder` and its folders."""
        start = f"{folder}/" if folder else ""
        return (path for path in self.files if path.startswith(start))

    def homes(self, *names: str) -> tuple[str, ...]:
        """The folders that are a project because they hold one of `names`: the root if it is one, else the nearest."""
        wanted = frozenset(names)
        folders = {path.rpartition("/")[0] for path in self.files if path.rpartition("/")[2] in wanted}
        if "" in folders:
            return ("",)
        near = {folder for folder in folders if folder.count("/") < _DEEPEST and not ASIDE & set(folder.split("/"))}
        outer = (folder for folder in near if not any(folder.startswith(f"{each}/") for each in near))
        return tuple(sorted(outer)[:_MOST_HOMES])


_DEEPEST: Final = 3
_MOST_HOMES: Final = 8


def inside(folder: str, name: str) -> str:
    """The path of `name` in `folder`."""
    return f"{folder}/{name}" if folder else name


def texts(data: Data) -> tuple[str, ...]:
    """The texts of a list, one text as the only one of it, nothing of anything else."""
    if isinstance(data, str):
        return (data,)
    return tuple(each for each in data if isinstance(each, str)) if isinstance(data, list) else ()
