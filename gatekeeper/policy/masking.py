"""Owns hiding secrets in texts, by their values. Knows not where secrets come from nor where texts go."""

from __future__ import annotations

import json
from collections.abc import Iterable

MASK = "•••"
_SHORTEST = 4
_IN_DOUBLE_QUOTES = str.maketrans({character: f"\\{character}" for character in '\\"$`'})


class Masker:
    """Replaces every secret value, also encoded for base64, URLs, JSON or a shell, by a mask.

    Values shorter than four characters are left: masking every "1" would make a log unreadable and hide nothing.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms_of(secret)}
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
