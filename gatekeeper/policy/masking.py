"""Owns hiding secrets in texts, by their values. Knows not where secrets come from nor where texts go."""

from __future__ import annotations

import json
from collections.abc import Iterable

MASK = "•••"
_SHORTEST = 4
_SHORTEST_LINE = 8
_IN_DOUBLE_QUOTES = str.maketrans({character: f"\\{character}" for character in '\\"$`'})


class Masker:
    """Replaces every secret value, also encoded for base64, URLs, JSON or a shell, by a mask.

    Of a value of several lines each line counts too, because output is shown line by line; lines shorter than eight
    characters are left. Values shorter than four are left: masking every "1" would make a log unreadable and hide
    nothing.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        values = [secret for secret in secrets if len(secret) >= _SHORTEST]
        lines = {line.strip() for value in values for line in value.splitlines() if line.strip() != value}
        whole = {*values, *(line for line in lines if len(line) >= _SHORTEST_LINE)}
        forms = {form for value in whole for form in _forms_of(value)}
        # Longest first, so that a secret inside another does not leave the rest of the longer one behind.
        self._forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))

    def __bool__(self) -> bool:
        return bool(self._forms)

    def mask(self, text: str) -> str:
        """`text` without any secret."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text


def _forms_of(secret: str) -> set[str]:
    import base64
    from urllib.parse import quote

    # A variable that is not UTF-8 reaches Python with its bytes as lone surrogates.
    raw = secret.encode(errors="surrogateescape")
    encoded = base64.b64encode(raw).decode().rstrip("=")
    forms = {secret, quote(raw, safe=""), encoded, encoded.translate(str.maketrans("+/", "-_"))}
    # As it stands in a command that it was filled into, or in JSON.
    forms |= {secret.replace("'", between) for between in ("'\\''", "'\"'\"'")}
    forms |= {secret.translate(_IN_DOUBLE_QUOTES), json.dumps(secret)[1:-1]}
    forms.add(json.dumps(secret, ensure_ascii=False)[1:-1])
    return forms
