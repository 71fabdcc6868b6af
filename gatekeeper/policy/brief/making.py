"""Owns a brief as it is handed over: the same facts as Markdown and as JSON, masked, both within the size."""

from __future__ import annotations

import json

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.brief.cutting import SMALLEST, fitted
from gatekeeper.policy.brief.facts import BriefFacts
from gatekeeper.policy.brief.markdown import to_markdown
from gatekeeper.policy.brief.plain import clipped, presentable
from gatekeeper.policy.masking import Masker


class Brief(NamedTuple):
    """What the fixer is told; both say the same."""

    markdown: str
    json: str


def make_brief(facts: BriefFacts, size: int, masker: Masker) -> Brief:
    """The brief in at most `size` bytes of UTF-8 (at least `SMALLEST`), each form of it, without any secret."""
    most = max(size, SMALLEST)
    # No text is of use that is longer than all of it may be, and such would cost time at every cut.
    shown = clipped(presentable(facts, masker), most)
    kept = fitted(shown, lambda some: _length(to_markdown(some), to_json(some)) <= most)
    return Brief(to_markdown(kept), to_json(kept))


def to_json(facts: BriefFacts) -> str:
    """The brief as one JSON object; what a record holds is an object, `class_` is called ``class``."""
    return json.dumps({"v": 1, **_object(facts)}, ensure_ascii=False, separators=(",", ":")) + "\n"


def _length(*texts: str) -> int:
    return max(len(text.encode("utf-8", "replace")) for text in texts)


def _object(record: object) -> dict[str, object]:
    fields: tuple[str, ...] = getattr(record, "_fields", ())
    return {name.removesuffix("_"): _plain(getattr(record, name)) for name in fields}


def _plain(value: object) -> object:
    if hasattr(value, "_fields"):
        return _object(value)
    return [_plain(part) for part in value] if isinstance(value, tuple) else value
