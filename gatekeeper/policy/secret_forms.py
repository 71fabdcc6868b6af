"""Owns the forms in which a secret comes by: encoded for base64, URLs, JSON, XML, a shell or Python. Hides nothing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST = 4
"""Values shorter than this are no secrets: masking every "1" would make a log unreadable and hide nothing."""

_SHORTEST_LINE = 8
_IN_DOUBLE_QUOTES = str.maketrans({character: f"\\{character}" for character in '\\"$`'})
_IN_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_APOSTROPHES = ("'", "&#39;", "&#x27;", "&apos;")
_FOR_URLS = bytes.maketrans(b"+/", b"-_")


def forms_of(secrets: Iterable[str]) -> tuple[bytes, ...]:
    """Every form of every value that is long enough, as bytes, longest first.

    Of a value of several lines each line counts too (not in base64, where lines do not stay lines), because output is
    shown line by line; lines shorter than eight characters are left. What is no UTF-8 in a value has its bytes as
    lone surrogates, as in `os.environ`.
    """
    forms: set[bytes] = set()
    for value in set(secrets):
        if len(value) >= SHORTEST:
            forms |= _as_text(value) | _in_base64(_raw(value))
            for line in value.splitlines():
                if len(line.strip()) >= _SHORTEST_LINE and line.strip() != value:
                    forms |= _as_text(line.strip())
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def _raw(text: str) -> bytes:
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return text.encode(errors="surrogatepass")


def _as_text(secret: str) -> set[bytes]:
    if secret.isalnum() and secret.isascii():
        return {secret.encode()}
    import json

    raw = _raw(secret)
    in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    forms = {
        secret,
        # As it stands in a command that it was filled into.
        *(secret.replace("'", between) for between in ("'\\''", "'\"'\"'")),
        secret.translate(_IN_DOUBLE_QUOTES),
        "".join(c if c.isalnum() or c in "_-./:@%+,=" else f"\\{c}" for c in secret),
        # As Python and JavaScript show values.
        repr(secret)[1:-1],
        repr(raw)[2:-1],
        *in_json,
        *(text.replace("/", "\\/") for text in in_json),
        secret.translate(_IN_XML),
        *(secret.translate(_IN_XML).replace('"', "&quot;").replace("'", one) for one in _APOSTROPHES),
    }
    return {*map(_raw, forms), *_in_urls(raw)}


def _in_urls(raw: bytes) -> set[bytes]:
    from urllib.parse import quote_from_bytes

    found = set()
    for safe in ("", "/", "!'()*", "!'()*;,/?:@&=+$#"):  # what Python, JavaScript and others leave as it is
        encoded = quote_from_bytes(raw, safe)
        found |= {encoded, encoded.replace("%20", "+")}
    return {one.encode() for text in found for one in (text, _lower_hex(text))}


def _lower_hex(text: str) -> str:
    first, *rest = text.split("%")
    return first + "".join(f"%{part[:2].lower()}{part[2:]}" for part in rest)


def _in_base64(raw: bytes) -> set[bytes]:
    """What is the same of its base64 wherever it stands in a longer text, and how it looks where that ends with it.

    Three bytes are four characters, so there are three places where it can begin; characters at its edges that also
    hold bits of a neighbour differ from text to text.
    """
    import binascii

    forms = set()
    for before, mixed in ((0, 0), (1, 2), (2, 3)):
        whole = binascii.b2a_base64(b"\0" * before + raw, newline=False)
        ended = whole.rstrip(b"=")
        inside = ended if whole == ended else ended[:-1]
        forms |= {form[mixed:] for form in (ended, inside)}
    return {one for form in forms if len(form) >= SHORTEST for one in (form, form.translate(_FOR_URLS))}
