"""Owns reading YAML and JSON documents, and on which lines of one its paths and operations stand."""

from __future__ import annotations

import json
from typing import Any

import yaml

from gatekeeper.policy.ready_made.openapi.contract import METHODS, Unfit

_LARGEST = 50 << 20


if hasattr(yaml, "CSafeLoader"):

    class _Loader(yaml.CSafeLoader):
        """Dates stay texts: an example that looks like one is none."""
else:

    class _Loader(yaml.SafeLoader):  # type: ignore[no-redef]  # slow, and all there is here
        """Dates stay texts: an example that looks like one is none."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(content: bytes, name: str) -> Any:  # noqa: ANN401 - a document is any JSON
    """The data of a document. Raises `Unfit` where it is neither YAML nor JSON."""
    if len(content) > _LARGEST:
        raise Unfit(f"{name} is larger than {_LARGEST >> 20} MiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Unfit(f"{name} is not UTF-8 (at byte {fault.start})") from None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader that knows less
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise Unfit(f"{name}{where}: {fault.problem or fault}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        raise Unfit(f"{name} is neither YAML nor JSON: {fault}") from None


def lines_of(content: bytes) -> dict[tuple[str, str], int]:
    """The lines of paths (with an empty method) and operations; none where they can't be told."""
    try:
        root = yaml.compose(content.decode("utf-8-sig"), Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    found: dict[tuple[str, str], int] = {}
    for key, paths in _pairs(root):
        if key.value != "paths":
            continue
        for path, item in _pairs(paths):
            found[path.value, ""] = path.start_mark.line + 1
            for method, _ in _pairs(item):
                if method.value in METHODS:
                    found[path.value, method.value] = method.start_mark.line + 1
    return found


def _pairs(node: yaml.Node | None) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]
