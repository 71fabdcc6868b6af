"""Owns the words that only a project knows, for completion: names of files and folders, looked at and not understood.

A shell waits for it with every press of a key: it imports no YAML, reads a bounded number of files, waits for no
device, and says nothing about what it cannot read.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from gatekeeper.cli.project import GATES, find_root, state_folder

_MOST = 500
_MOST_BYTES = 1_000_000
_KEY = re.compile(r"""( *)(?:"([^"\\]+)"|'([^']+)'|([^\s#"'&*!{}\[\],:?-][^:#{}\[\],]*?)):(?: .*|)$""")


def words_of(kind: str, line: Sequence[str], here: str) -> Iterator[str]:
    """The words of a kind that there are around the folder `here`; `line` is what was typed so far."""
    root = find_root(here)
    asked = _KINDS.get(kind)
    if root is not None and asked is not None:
        yield from (word for word in asked(root, line) if word.isprintable())


def _cycles(root: str, _: Sequence[str]) -> Iterator[str]:
    names = _names(os.path.join(root, GATES))
    return (name[:-5] for name in names if name.endswith(".yaml") and name not in {".yaml", "quarantine.yaml"})


def _runs(root: str, line: Sequence[str]) -> Iterator[str]:
    yield "latest"
    yield from _cycles(root, line)
    # A run's id begins with its time.
    yield from sorted(_names(os.path.join(state_folder(root), "runs")), reverse=True)[:50]


def _patterns(root: str, _: Sequence[str]) -> Iterator[str]:
    from gatekeeper.adapters.patterns.registry import known_ids

    with suppress(OSError):
        yield from sorted(known_ids(root))


def _steps(root: str, line: Sequence[str]) -> Iterator[str]:
    cycles = tuple(_cycles(root, line))
    found: dict[str, None] = {}
    for cycle in [each for each in cycles if each in line] or cycles:
        for gate, step in steps_in(_text(os.path.join(root, GATES, f"{cycle}.yaml"))):
            found |= dict.fromkeys((gate, f"{gate}/{step}") if step else (gate,))
    return iter(found)


def steps_in(text: str) -> Iterator[tuple[str, str]]:
    """Gates, and steps with their gate, of a definition that is written in block style, one key a line.

    Of one that is written otherwise it finds less; that costs a suggestion and nothing else.
    """
    inside, gate, gates_at, steps_at, step_at = False, "", -1, -1, -1
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key = _KEY.match(line)
        deep = len(line) - len(line.lstrip(" "))
        name = next(filter(None, key.groups()[1:]), "") if key else ""
        if deep == 0:
            inside, gates_at = name == "gates", -1
            continue
        if not inside or not key:
            continue
        if gates_at in (-1, deep):
            gate, gates_at, steps_at, step_at = name, deep, -1, -1
            yield gate, ""
        elif steps_at == -1:
            steps_at = deep if name == "steps" else -1
        elif deep <= steps_at:
            steps_at = step_at = -1
        elif step_at in (-1, deep):
            step_at = deep
            yield gate, name


def _names(folder: str) -> list[str]:
    found: list[str] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            found.append(entry.name)
            if len(found) >= _MOST:
                break
    return found


def _text(path: str) -> str:
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return file.read(_MOST_BYTES).decode("utf-8", "replace")
    return ""


_KINDS: dict[str, Callable[[str, Sequence[str]], Iterator[str]]] = {
    "cycles": _cycles,
    "runs": _runs,
    "steps": _steps,
    "patterns": _patterns,
}
