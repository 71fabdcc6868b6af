"""Secrets in bytes that come in pieces are hidden as if the text had come in one."""

from __future__ import annotations

import base64
import re
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.redaction import MASK, Redaction, Stream
from gatekeeper.policy.secret_forms import forms_of

TOKEN = "ghp_Abc123Def456Ghi789Jk"

LETTERS = st.sampled_from(list(b"abAB+\n\r"))
TEXTS = st.lists(LETTERS, max_size=80).map(bytes)
FORMS = st.lists(st.lists(LETTERS, min_size=1, max_size=20).map(bytes), min_size=1, max_size=4).map(tuple)


def plainly(text: bytes, forms: tuple[bytes, ...]) -> bytes:
    """The whole text, masked byte by byte: what lies in an occurrence goes, one mask for those that overlap."""
    covered = [0] * (len(text) + 1)
    joined = [False] * (len(text) + 1)
    for form in forms:
        breakable = len(form) >= 16 and re.fullmatch(rb"[A-Za-z0-9+/_=-]*", form)
        between = rb"(?:\r\n?|\n)?" if breakable else b""
        pattern = re.compile(between.join(re.escape(bytes([byte])) for byte in form))
        for start in range(len(text)):
            if found := pattern.match(text, start):
                for place in range(start, found.end()):
                    covered[place] = 1
                    joined[place] = joined[place] or place > start
    shown = bytearray()
    for place, byte in enumerate(text):
        if not covered[place]:
            shown.append(byte)
        elif not joined[place]:
            shown += MASK
    return bytes(shown)


def cut(text: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(text) + 1) for place in places})
    return [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]


@given(text=TEXTS, forms=FORMS)
def test_what_lies_in_an_occurrence_is_hidden(text: bytes, forms: tuple[bytes, ...]) -> None:
    """Also where occurrences overlap, and where a long one is broken by the ends of lines."""
    assert Redaction(forms).mask(text) == plainly(text, forms)


@given(text=TEXTS, forms=FORMS, places=st.lists(st.integers(0, 1000), max_size=12), data=st.data())
def test_pieces_are_masked_like_the_whole(
    text: bytes, forms: tuple[bytes, ...], places: list[int], data: st.DataObject
) -> None:
    """Wherever the text is cut; and what was given is never taken back."""
    text += data.draw(st.sampled_from([b"", *forms, *(b"\n".join([f[:7], f[7:]]) for f in forms)]))
    stream = Stream(Redaction(forms))
    given_so_far = b""
    whole = Redaction(forms).mask(text)
    for piece in cut(text, places):
        given_so_far += stream.feed(piece)
        assert whole.startswith(given_so_far)
    assert given_so_far + stream.finish() == whole


@given(secret=st.text(min_size=4, max_size=30), before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_a_secret_inside_a_longer_base64_text(secret: str, before: bytes, after: bytes) -> None:
    """At each of the three places where it can begin, all but the characters that it shares with a neighbour go."""
    raw = secret.encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        masked = Redaction(forms_of([secret])).mask(encode(before + raw + after))
        assert MASK in masked
        left = len(masked.replace(MASK, b"").rstrip(b"="))
        assert left <= 4 * (len(before) + len(after)) / 3 + 4


@pytest.mark.parametrize("width", [10, 64, 76])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_base64_in_lines(width: int, end: str) -> None:
    """As `base64` and PEM write it; a secret across two lines is hidden like any other."""
    for before in range(70, 80):
        encoded = base64.b64encode(b"x" * before + TOKEN.encode() + b"y" * 50).decode()
        text = end.join(textwrap.wrap(encoded, width)).encode()
        masked = Redaction(forms_of([TOKEN])).mask(text)
        assert MASK in masked
        for piece in range(3):
            inner = base64.b64encode(b"x" * (before % 3) + TOKEN.encode())[4 + piece : -8 + piece]
            assert inner not in masked.replace(end.encode(), b"")


def test_a_prompt_is_not_held_back() -> None:
    """Only what may be the beginning of a secret waits for what comes."""
    stream = Stream(Redaction(forms_of([TOKEN])))
    assert stream.feed(b"Password: ") == b"Password: "
    assert stream.feed(b"gh") == b""
    assert stream.feed(b"i") == b"ghi"
    assert stream.feed(b"x ghp_Abc1") == b"x "
    assert stream.finish() == b"ghp_Abc1"


def test_memory_is_bounded() -> None:
    """A text that goes on repeating a secret, or that is nothing but line ends, is not collected."""
    stream = Stream(Redaction((b"aaaa", b"abcdefghijklmnopqrst")))
    given_so_far = b"".join(stream.feed(b"a" * 1000) for _ in range(100))
    assert len(stream._held) <= 3
    assert given_so_far == MASK
    stream = Stream(Redaction((b"abcdefghijklmnopqrst",)))
    stream.feed(b"abc" + b"\n" * 100_000)
    assert stream._held == b""


@pytest.mark.parametrize(
    ("secret", "forms"),
    [
        ("a/b c&d", [b"a%2Fb%20c%26d", b"a%2fb%20c%26d", b"a/b%20c%26d", b"a%2Fb+c%26d", b"a/b c&amp;d", rb"a\/b c&d"]),
        ("p\u00e4ss'w\"d", [rb"p\u00e4ss'w\"d", b"p%C3%A4ss%27w%22d", b"p%c3%a4ss%27w%22d", b"p%C3%A4ss'w%22d"]),
        ("p\u00e4ss'w\"d", ["p\u00e4ss'\\''w\"d".encode(), "p\u00e4ss'w&quot;d".encode(), rb"p\xc3\xa4ss\'w" + b'"d']),
        ("back\\slash$x", [rb"back\\slash$x", rb"back\\slash\$x", b"back%5Cslash%24x"]),
    ],
)
def test_forms_in_which_a_secret_comes_by(secret: str, forms: list[bytes]) -> None:
    """URLs with either case of hex digits, JSON, XML, a shell, Python."""
    redaction = Redaction(forms_of([secret]))
    assert [form for form in forms if redaction.mask(b"<" + form + b">") != b"<" + MASK + b">"] == []
