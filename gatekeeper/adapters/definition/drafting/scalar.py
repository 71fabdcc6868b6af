"""Owns writing one text as one YAML scalar that reads back as that text, by the rules that our reader reads with."""

from __future__ import annotations

import json
import re

from gatekeeper.adapters.definition.scalars import resolve

_SAFE = re.compile(
    r"[A-Za-z0-9_./$(][^\x00-\x1f\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f\u3000\ufdd0-\uffff\"'\\{}\[\],#&*!|>%@`]*"
)
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_MAY_REFER = re.compile(r"\$\{(?:vars|repo)\.[a-z0-9_.]+\}[^\x00-\x20\x7f-\xff{}\[\],#:\"'\\]*")


def scalar(text: str) -> str:
    """`text` as it stands in a file: unquoted where that is plainly the same, else in double quotes."""
    if _MAY_REFER.fullmatch(text):
        return text
    plain = _SAFE.fullmatch(text) and text == text.strip() and ": " not in text and not text.endswith(":")
    if plain and type(resolve(text)) is str and text not in {"---", "..."}:
        return text
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
