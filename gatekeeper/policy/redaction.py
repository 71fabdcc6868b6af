"""Owns masking secrets in bytes, in one piece or as a stream. Knows not where bytes come from nor where they go.

Guardians use it in their bare interpreter, so it imports next to nothing.
"""

from __future__ import annotations

MASK = "•••".encode()
AROUND = 64 * 1024
"""How much on both sides of a place is enough to tell whether a secret lies across it."""

_BREAKS = b"\r\n"
_BREAK = b"(?:\r\n?|\n)?"
_TWO_BREAKS = (b"\n\n", b"\n\r", b"\r\r")
_BREAKABLE_FROM = 16
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
_WORDS = bytes(byte if byte < 128 and chr(byte).isalnum() else 32 for byte in range(256))
_TELLING_FROM = 8
_TELLING_BEGINNING = 4
_FIRST_LOOK = 12

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable


class Redaction:
    """The forms of a set of secrets, ready to be looked for.

    Whatever lies in an occurrence of a form, also of two that overlap, is replaced by one mask. A form of at least 16
    characters of base64 may be broken by the ends of lines: encoders do that.
    """

    def __init__(self, forms: tuple[bytes, ...]) -> None:
        self._broken: dict[bytes, re.Pattern[bytes] | None] = {form: None for form in forms if _is_breakable(form)}
        self._whole = tuple(form for form in forms if form not in self._broken)
        # Where a part of a form is not, the form is not: most of the time, only these few are looked for.
        self._telling_broken = _telling(map(_longest_word, self._broken), ())
        self._telling_whole = _telling(map(_longest_word, self._whole), self._telling_broken)
        self.reach = max((3 * len(form) if form in self._broken else len(form) for form in forms), default=0)
        """How long an occurrence can be, in bytes."""

    def __bool__(self) -> bool:
        return self.reach > 0

    def spans(self, text: bytes) -> list[tuple[int, int]]:
        """Where secrets lie: ascending, none overlapping another."""
        joined = _without_breaks(text) if self._telling_broken else b""
        if not any(form in joined for form in self._telling_broken) and not any(
            form in text for form in self._telling_whole
        ):
            return []
        found: list[tuple[int, int]] = []
        for form in self._whole:
            start = text.find(form)
            while start >= 0:
                found.append((start, start + len(form)))
                start = text.find(form, start + 1)
        for form in self._broken:
            if form in joined:
                pattern = self._pattern(form)
                match = pattern.search(text)
                while match:
                    found.append(match.span())
                    match = pattern.search(text, match.start() + 1)
        return merged(sorted(found))

    def undecided(self, text: bytes) -> int:
        """How many bytes at the end of `text` may be the beginning of a secret that goes on."""
        longest = 0
        for form in self._whole:
            longest = max(longest, _begun(text, form, len(form) - 1, longest, breakable=False))
        for form in self._broken:
            longest = max(longest, _begun(text, form, 3 * len(form), longest, breakable=True))
        return longest

    def mask(self, text: bytes, *, cut: bool = False) -> bytes:
        """`text` without any secret; where it was `cut`, without what its end may be the beginning of, too."""
        spans = self.spans(text)
        if cut and (begun := self.undecided(text)) >= _TELLING_BEGINNING:
            spans = merged([*spans, (len(text) - begun, len(text))])
        if not spans:
            return text
        ends = [0, *(end for _, end in spans)]
        starts = [*(start for start, _ in spans), len(text)]
        return MASK.join(text[end:start] for end, start in zip(ends, starts, strict=True))

    def _pattern(self, form: bytes) -> re.Pattern[bytes]:
        pattern = self._broken[form]
        if pattern is None:
            import re

            pattern = re.compile(_BREAK.join(re.escape(form[i : i + 1]) for i in range(len(form))))
            self._broken[form] = pattern
        return pattern


class Stream:
    """Masks a text that comes in pieces, as if it had come in one; holds back no more than it must."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._held = b""
        self._covered = 0  # how much at the beginning of what is held belongs to a mask that is given already

    def feed(self, data: bytes) -> bytes:
        """What is certain now."""
        text = self._held + data if self._held else data
        return self._give(text, len(text) - self._redaction.undecided(text))

    def finish(self) -> bytes:
        """The rest: nothing comes any more."""
        return self._give(self._held, len(self._held))

    def _give(self, text: bytes, until: int) -> bytes:
        given: list[bytes] = []
        at = self._covered
        for start, end in self._redaction.spans(text):
            if start < at:
                at = max(at, end)
            elif start < until:
                given += (text[at:start], MASK)
                at = end
        if at < until:
            given.append(text[at:until] if at or until < len(text) else text)
        self._held = text[until:]
        self._covered = max(0, at - until)
        return b"".join(given) if len(given) != 1 else given[0]


def merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ascending spans, with those that overlap as one."""
    found: list[tuple[int, int]] = []
    for start, end in spans:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _is_breakable(form: bytes) -> bool:
    return len(form) >= _BREAKABLE_FROM and not form.translate(None, _BASE64)


def _without_breaks(text: bytes) -> bytes:
    if b"\r" in text:
        return text.translate(None, _BREAKS)
    return text.replace(b"\n", b"")


def _longest_word(form: bytes) -> bytes:
    """Its longest part that looks the same in most forms; itself where that would be found everywhere."""
    longest = max(form.translate(_WORDS).split(), key=len, default=b"")
    return longest if len(longest) >= _TELLING_FROM else form


def _telling(parts: Iterable[bytes], others: tuple[bytes, ...]) -> tuple[bytes, ...]:
    kept: list[bytes] = []
    for part in sorted(set(parts), key=len):
        if not any(shorter in part for shorter in (*kept, *others)):
            kept.append(part)
    return tuple(kept)


def _begun(text: bytes, form: bytes, reach: int, beyond: int, *, breakable: bool) -> int:
    """How long the longest end of `text` is that `form` can go on from; 0 where it is not longer than `beyond`."""
    start = text.find(form[:1], max(0, len(text) - reach))
    while 0 <= start < len(text) - beyond:
        for piece in (text[start : start + _FIRST_LOOK], text[start:]):
            if breakable and (b"\n" in piece or b"\r" in piece):
                if any(two in piece for two in _TWO_BREAKS):
                    break
                piece = piece.translate(None, _BREAKS)  # noqa: PLW2901 - the same piece, joined
            if len(piece) >= len(form) or not form.startswith(piece):
                break
        else:
            return len(text) - start
        start = text.find(form[:1], start + 1)
    return 0
