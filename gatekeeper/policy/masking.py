"""Owns hiding secrets in texts, by their values. Knows not where secrets come from nor where texts go."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from urllib.parse import quote

MASK = "•••"
_SHORTEST = 4


class Masker:
    """Replaces every secret value, also base64- or URL-encoded, by a mask.

    Values shorter than four characters are left: masking every "1" would make a log unreadable and hide nothing.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms: set[str] = set()
        for secret in secrets:
            if len(secret) >= _SHORTEST:
                raw = secret.encode()
                encoded = base64.b64encode(raw).decode().rstrip("=")
                forms |= {secret, quote(secret, safe=""), encoded, encoded.translate(str.maketrans("+/", "-_"))}
        # Longest first, so that a secret inside another does not leave the rest of the longer one behind.
        self._forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))

    def __bool__(self) -> bool:
        return bool(self._forms)

    def mask(self, text: str) -> str:
        """`text` without any secret."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text
