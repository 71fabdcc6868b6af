"""Owns the page that lists the journal's events and their fields, made from the model. Prints it when run as a module.

``python -m gatekeeper.adapters.journal.events_page > runbooks/journal-events.md``
"""

from __future__ import annotations

import inspect
import json
import re
import types
import typing
from collections.abc import Iterator
from enum import Enum

from gatekeeper.adapters.journal.codec import VERSION, promised
from gatekeeper.model.events import EVENTS
from gatekeeper.model.outcome import CheckResult

PAGE = "runbooks/journal-events.md"
_WIDTH = 150
_HEAD = f"""\
# The journal's events

This page is made from `gatekeeper/model`, and a test holds it to that.
`python -m gatekeeper.adapters.journal.events_page` prints it anew.

`.gatekeeper/runs/RUN/journal.jsonl`, and `gatekeeper run --format json`, have one JSON object a line:

```json
{{"v": 1, "seq": 0, "time": "2026-11-22T04:41:43.123Z", "run": "2026-11-22T04-41-43Z-backend-cycle-ab97",
 "event": "run.started", "data": {{"cycle": "backend-cycle"}}, "prev": "sha256:…"}}
```

(here on two). `v` is the format's version, {VERSION} on this page. Within a version events and fields are only added:
ignore what you do not know. `seq` counts from 0 without a gap. `prev` is the SHA-256 of the line before, without its
newline. `time` is UTC. `gatekeeper verify` looks at all of it.

`data` has the fields below. One that is not *always* there means its default when it is missing: what the table says,
or null, 0, false, or nothing in it. A last line without a newline is still being written, or its writer died.

`run.started` is the first, `run.finished` closes a run. Behind that may stand `note.added`, `baseline.accepted` and
`incident`; or `run.resumed`, and all that follows from it, to another `run.finished`.

What to do with them: [agents and other programs](agents.md).
"""

# How texts of the model are marked up, and how this page is.
_TWICE = re.compile(r"``?([^`]+)``?")


def page() -> str:
    """The page as it is checked in."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "## Events"
    parts: dict[str, type] = {}
    for name, kind in EVENTS.items():
        yield from ("", f"### `{name}`", "", *_about(kind, parts))
    yield from ("", "## What they are made of")
    told: set[str] = set()
    while left := [name for name in parts if name not in told]:
        name = left[0]
        told.add(name)
        yield from ("", f"### {name}", "", *_about(parts[name], parts))


def _about(kind: type, parts: dict[str, type]) -> Iterator[str]:
    yield from _prose(kind)
    if issubclass(kind, Enum):
        yield (f"One of {', '.join(f'`{member.value}`' for member in kind)}.")
        return
    yield from ("| field | type | always |", "|---|---|---|")
    if kind is CheckResult:
        # The one record whose stored form is another than its own: see the codec.
        rows = [("kind", "text"), ("request", "text"), ("expected", "text"), ("received", _of_part("Received"))]
        yield from (f"| `{name}` | {what} | yes |" for name, what in (*rows, ("verdict", "`passed` or `failed`")))
        yield from (f"| `{name}` | {what} |  |" for name, what in (("problem", "text"), ("captures", "object of text")))
        parts.setdefault("Received", typing.get_type_hints(CheckResult)["probe"])
        return
    defaults: dict[str, object] = getattr(kind, "_field_defaults", {})
    for name, hint in typing.get_type_hints(kind).items():
        always = "yes" if name not in defaults or name in promised(kind) else ""
        default = defaults.get(name)
        if not always and default:
            always = f"else `{json.dumps(default)}`"
        yield f"| `{name.rstrip('_')}` | {_type(hint, parts)} | {always} |"


def _type(hint: object, parts: dict[str, type]) -> str:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return " or null".join((*(_type(one, parts) for one in arguments if one is not type(None)), ""))
    if origin is typing.Literal:
        return " or ".join(f"`{one}`" for one in arguments)
    if origin is tuple and arguments[-1] is Ellipsis:
        inner = typing.get_args(arguments[0])
        if typing.get_origin(arguments[0]) is tuple and len(inner) == 2 and inner[0] is str:
            return f"object of {_type(inner[1], parts)}"
        return f"list of {_type(arguments[0], parts)}"
    if origin is tuple:
        return f"[{', '.join(_type(one, parts) for one in arguments)}]"
    plain = {str: "text", int: "integer", float: "number", bool: "true or false"}
    assert isinstance(hint, type)
    if hint in plain:
        return plain[hint]
    parts.setdefault(hint.__name__, hint)
    return _of_part(hint.__name__)


def _of_part(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def _prose(kind: type) -> Iterator[str]:
    """What the model says of it, one paragraph a line that is not too long."""
    text = inspect.cleandoc(kind.__doc__ or "")
    for paragraph in text.split("\n\n"):
        words, line = _TWICE.sub(r"`\1`", " ".join(paragraph.split())).split(" "), ""
        for word in words:
            if line and len(line) + len(word) >= _WIDTH:
                yield line
                line = ""
            line += f" {word}" if line else word
        yield line
        yield ""


if __name__ == "__main__":
    print(page(), end="")
