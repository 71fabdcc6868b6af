"""Owns what a line of Markdown says without its marks: text, code spans, where links lead. Bounded in every case."""

from __future__ import annotations

import re

from gatekeeper.model.record import NamedTuple

_SPAN = re.compile(r"(?<![`\\])(`{1,3})(?!`)([^\n]{1,4000}?)(?<!`)\1(?!`)")
_COMMENT = re.compile(r"<!--.{0,4000}?-->", re.DOTALL)
_LINK = re.compile(r"!?\[([^\[\]]{0,1000})\]\(\s*<?([^()\s<>]{1,2000})>?(?:\s+\"[^\"]{0,500}\")?\s*\)")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]{1,2000})>")
_STRONG = re.compile(r"(?<![\w*\\])\*{1,3}(?=[^\s*])([^*\n]{1,2000}?)(?<=[^\s*\\])\*{1,3}(?![\w*])")
_UNDERLINED = re.compile(r"(?<![\w\\])_{1,3}(?=[^\s_])([^\n]{1,2000}?)(?<=[^\s_\\])_{1,3}(?!\w)")
_STRUCK = re.compile(r"~~(?=\S)([^~\n]{1,2000}?)(?<=\S)~~")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_LONGEST = 4000
_TASK = re.compile(r"\[[ xX]\]\s+")


class Inline(NamedTuple):
    """A line as it is read."""

    text: str
    codes: tuple[str, ...]
    links: tuple[str, ...]


def read_inline(written: str) -> Inline:
    """What `written` says. Of a line longer than anybody writes only the beginning, which ends with an ellipsis."""
    if len(written) > _LONGEST:
        return Inline(" ".join(written[:_LONGEST].split()) + " …", (), ())
    written = _TASK.sub("", _COMMENT.sub("", written), count=1) if _TASK.match(written) else _COMMENT.sub("", written)
    pieces: list[str] = []
    codes: list[str] = []
    links: list[str] = []
    at = 0
    for span in _SPAN.finditer(written):
        pieces += (_plain(written[at : span.start()], links), code := span[2].strip())
        codes.append(code)
        at = span.end()
    pieces.append(_plain(written[at:], links))
    text = "".join(pieces)
    # Emphasis around a code span has its ends in two pieces.
    text = re.sub(r"\*\*(?=\S)|(?<=\S)\*\*", "", text) if codes and written.count("**") > 1 else text
    return Inline(" ".join(text.split()), tuple(code for code in codes if code), tuple(links))


def _plain(text: str, links: list[str]) -> str:
    links += (found[2] for found in _LINK.finditer(text))
    links += (found[1] for found in _AUTOLINK.finditer(text))
    text = _AUTOLINK.sub(r"\1", _LINK.sub(r"\1", text))
    for pattern in (_STRONG, _UNDERLINED, _STRUCK):
        text = pattern.sub(r"\1", text)
    return _ESCAPED.sub(r"\1", text)
