"""Owns reading ``gates/quarantine.yaml``: tests whose failure is told of and does not block, each until a day.

Five things are said of every one, because a quarantine that nobody owns and that never ends is a deleted test.
"""

from __future__ import annotations

import re
from datetime import date

from gatekeeper.adapters.definition.bounds import LARGEST_FILE
from gatekeeper.adapters.definition.document import Document
from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.scalars import Nothing, Value, describe
from gatekeeper.adapters.definition.source import decode
from gatekeeper.model.demands import QuarantineEntry
from gatekeeper.model.errors import DefinitionError, Problem

QUARANTINE = "gates/quarantine.yaml"
"""Where it lies, relative to the project root."""

_LIST = "quarantine"
_HINTS = {
    "test": "write `test:` and the id, as `gatekeeper baseline show` prints it",
    "owner": "write `owner:` and who mends it",
    "reason": "write `reason:` and what is wrong with it",
    "ticket": "write `ticket:` and where that is followed up",
    "expires": "write `expires: YYYY-MM-DD`, the last day on which its failure may be passed over",
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_PARAMETERS = re.compile(r"\[.*\]", re.DOTALL)


def read_quarantine(content: bytes, file: str) -> tuple[QuarantineEntry, ...]:
    """The entries, in the order of the file, which messages call `file`.

    Raises:
        DefinitionError: with every problem, in the order of the file.
    """
    if len(content) > LARGEST_FILE:
        raise DefinitionError((Problem(file, 1, 1, "", "the quarantine is larger than 1 MiB", "mend some tests"),))
    document = Document(decode(content, file), file, list_of=_LIST)
    mistakes = Mistakes(document)
    listed = document.data.get(_LIST, [])
    entries: list[QuarantineEntry] = []
    first: dict[str, int] = {}
    for index, item in enumerate(listed if isinstance(listed, list) else []):
        entry = _entry(item, (_LIST, index), mistakes)
        if entry is None:
            continue
        if entry.test in first:
            message = f"the test {entry.test!r} is in quarantine twice"
            hint = f"it first stands in line {first[entry.test]}; remove one of the two"
            mistakes.add((_LIST, index, "test"), message, hint)
        first.setdefault(entry.test, entry.line)
        entries.append(entry)
    mistakes.raise_if_any()
    return tuple(entries)


def _entry(item: Value, place: Place, mistakes: Mistakes) -> QuarantineEntry | None:
    if not isinstance(item, dict):
        mistakes.add(place, f"an entry is a mapping, found {describe(item)}", _HINTS["test"])
        return None
    for key in item:
        if key not in _HINTS:
            hint = mistakes.guess(key, _HINTS)
            mistakes.add((*place, key), f"`{key}` is not a key that is known here", hint, at_key=True)
    texts = {key: _text(item, key, place, mistakes) for key in _HINTS}
    if any(text is None for text in texts.values()):
        return None
    entry = QuarantineEntry(**{key: text or "" for key, text in texts.items()}, line=mistakes.line((*place, "test")))
    if any(wildcard in _PARAMETERS.sub("", entry.test) for wildcard in "*?"):
        hint = "name every test by its id, as `gatekeeper baseline show` prints it"
        mistakes.add((*place, "test"), "a quarantine takes no wildcards", hint)
    if not _is_day(entry.expires):
        mistakes.add((*place, "expires"), f"{entry.expires!r} is no day", "write it like 2026-03-31")
    return entry


def _text(item: dict[str, Value], key: str, place: Place, mistakes: Mistakes) -> str | None:
    value = item.get(key, Nothing(""))
    if isinstance(value, str) and value.strip():
        return str(value)
    if key not in item:
        mistakes.add(place, f"the entry has no `{key}`", _HINTS[key])
    else:
        mistakes.add((*place, key), f"a text is wanted here, found {describe(value)}", _HINTS[key])
    return None


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text)) and date.fromisoformat(text) is not None
    except ValueError:
        return False
