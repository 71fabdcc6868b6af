"""Owns what a ready-made step no longer demands after its options were changed. Knows no file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from gatekeeper.model.plan import ReadyMade

_Options: TypeAlias = dict[str, Any]


def demands_gone(old: ReadyMade, new: ReadyMade) -> tuple[str, ...]:
    """What `old` demands and `new` does not, in words; all of it where the two are of different kinds."""
    before = list(_demands(old))
    left = set(_demands(new)) if old.kind == new.kind else set()
    return tuple(f"{old.kind}: {demand}" for demand in before if demand not in left)


def _demands(step: ReadyMade) -> Iterator[str]:
    try:
        options: _Options = json.loads(step.options)
    except ValueError:  # a reference in it is not filled in yet
        yield step.options
        return
    match step.kind:
        case "python":
            yield from (f"{glob} compiles" for glob in options["files"])
            yield from (f"{module} imports" for module in options["imports"])
        case "docs":
            yield from (f"{glob} is looked at" for glob in options["files"])
            yield from (f"{_said(rule)} is forbidden ({rule['where']})" for rule in options["forbidden"])
            yield from (f"{rule['file']} holds {_said(rule)} ({rule['where']})" for rule in options["required"])
        case "openapi":
            yield f"{options['head']} is compared with {options['base']}"
        case "environment":
            yield from (f"{name} is set" for name in options["required"])
            yield from (f"{name} is not production" for name in options["refuse_production"])


def _said(rule: dict[str, str]) -> str:
    return f"/{rule['pattern']}/" if rule["pattern"] else repr(rule["text"])
