"""Owns making names that a definition takes out of words that people write, each only once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

_LONGEST = 50


def words(text: str) -> list[str]:
    """The words of `text` in small letters without accents; digits count."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return re.findall(r"[a-z0-9]+", plain.lower())


def slug(text: str, otherwise: str) -> str:
    """`text` as a name like ``smoke-auth``, or `otherwise` where nothing of it can stand in a name."""
    name = ""
    for word in words(text):
        longer = f"{name}-{word}" if name else word
        if len(longer) > _LONGEST:
            break
        name = longer
    return name or otherwise


def variable(text: str, otherwise: str) -> str:
    """`text` as the name of a variable like ``smoke_auth``."""
    name = slug(text, otherwise).replace("-", "_")
    return name if name[0].isalpha() else f"{otherwise}_{name}"


def unused(name: str, taken: Container[str], joint: str = "-") -> str:
    """`name`, or with the first number after it that makes it new."""
    if name not in taken:
        return name
    number = 2
    while f"{name}{joint}{number}" in taken:
        number += 1
    return f"{name}{joint}{number}"


def literal(text: str) -> str:
    """`text` for a field that fills in references, so that it stays what it is."""
    return text.replace("${", "$${")
