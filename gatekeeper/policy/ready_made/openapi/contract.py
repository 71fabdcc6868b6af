"""Owns an OpenAPI document as data: plain, its references followed over as many files as it has. Reads no file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import dirname, join, normpath
from typing import Any, TypeAlias
from urllib.parse import unquote

Node: TypeAlias = Any
"""Any JSON: what stands at some place of a document."""

_MOST_NODES = 2_000_000
_LONGEST_CHAIN = 100
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Unfit(Exception):
    """The document can't be compared; the text says why."""


def plain(tree: Node, file: str) -> Node:
    """A copy of `tree` (of YAML or JSON) with texts as keys, and every ``$ref`` as ``file#pointer``.

    Raises:
        Unfit: it is nested without end, or is too large once its aliases are written out.
    """
    left = [_MOST_NODES]

    def copied(node: Node) -> Node:
        left[0] -= 1
        if left[0] < 0:
            raise Unfit(f"{file} has more than {_MOST_NODES:,} values")
        if isinstance(node, dict):
            made = {_key(key): copied(value) for key, value in node.items()}
            if isinstance(made.get("$ref"), str):
                made["$ref"] = _absolute(made["$ref"], file)
            return made
        if isinstance(node, list):
            return [copied(item) for item in node]
        return node if node is None or isinstance(node, str | int | float) else str(node)

    try:
        return copied(tree)
    except RecursionError:
        raise Unfit(f"{file} is nested too deeply") from None


def _key(key: object) -> str:
    return {True: "true", False: "false", None: "null"}.get(key, str(key)) if isinstance(key, bool | None) else str(key)


def _absolute(reference: str, file: str) -> str:
    path, _, pointer = reference.partition("#")
    if not path:
        return f"{file}#{pointer}"
    if "://" in path:
        return reference
    return f"{normpath(join(dirname(file), unquote(path)))}#{pointer}"


def files_named(tree: Node) -> set[str]:
    """The files that references in a `plain` tree lead to."""
    found: set[str] = set()
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                found.add(node["$ref"].partition("#")[0])
            pending += node.values()
        elif isinstance(node, list):
            pending += node
    return found


class Contract:
    """One version of an API: its document `root`, and the plain trees of all `files` that belong to it."""

    def __init__(self, root: str, files: Mapping[str, Node]) -> None:
        """Raises `Unfit` where the root is no OpenAPI document of version 3."""
        self.root = root
        self._files = files
        self.document: dict[str, Node] = files[root] if isinstance(files[root], dict) else {}
        version = str(self.document.get("openapi", ""))
        if not version.startswith(("3.0", "3.1")):
            found = f"openapi: {version}" if version else "no `openapi:`"
            found = f"swagger: {self.document['swagger']}" if "swagger" in self.document else found
            raise Unfit(f"{root} is not a document of OpenAPI 3.0 or 3.1: it has {found}")

    def resolved(self, node: Node) -> Node:
        """What `node` is or leads to. Raises `Unfit` where a reference leads nowhere."""
        chain = 0
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            node, chain = self._at(node["$ref"]), chain + 1
            if chain > _LONGEST_CHAIN:
                raise Unfit(f"{self.root}: the references go round in a circle")
        return node

    def _at(self, reference: str) -> Node:
        file, _, pointer = reference.partition("#")
        if file not in self._files:
            raise Unfit(f"{self.root}: {reference} leads to what was not read")
        node = self._files[file]
        for part in unquote(pointer).split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict) and key in node:
                node = node[key]
            elif isinstance(node, list) and key.isdecimal() and int(key) < len(node):
                node = node[int(key)]
            else:
                raise Unfit(f"{self.root}: {reference} leads nowhere")
        if pointer and not pointer.startswith("/"):
            raise Unfit(f"{self.root}: {reference} is a reference by anchor, which our own check does not follow")
        return node

    def mapping(self, node: Node) -> dict[str, Node]:
        """The mapping that `node` is or leads to; an empty one where it is none."""
        found = self.resolved(node)
        return found if isinstance(found, dict) else {}

    def operations(self) -> Iterator[tuple[str, str, dict[str, Node], dict[str, Node]]]:
        """Every operation as path, method, what stands at the path, and what stands at the method."""
        for path, written in self.mapping(self.document.get("paths")).items():
            item = self.mapping(written)
            for method in METHODS:
                if isinstance(item.get(method), dict):
                    yield path, method, item, item[method]


def listed(node: Node) -> list[Node]:
    """`node`, or an empty list where it is none."""
    return node if isinstance(node, list) else []


def name_of(node: Node) -> str:
    """What the component is called that `node` is a reference to, or an empty text."""
    reference = node.get("$ref") if isinstance(node, dict) else None
    return reference.rpartition("/")[2] if isinstance(reference, str) else ""
