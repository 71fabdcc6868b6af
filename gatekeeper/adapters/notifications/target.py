"""Owns what may be shown of a notification's target: never its token. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from gatekeeper.policy.masking import MASK


def scheme_of(target: str) -> str:
    """The scheme in lower case, or nothing where there is none."""
    scheme, colon, _ = target.partition(":")
    return scheme.lower() if colon else ""


def shown(target: str) -> str:
    """`target` with all but its scheme hidden; a web address also shows its host.

    In most schemes of chat systems, what looks like the host is the token.
    """
    scheme = scheme_of(target)
    if scheme not in {"http", "https"}:
        return f"{scheme}://{MASK}" if scheme else MASK
    try:
        return f"{scheme}://{urlsplit(target).hostname or ''}/{MASK}"
    except ValueError:
        return f"{scheme}://{MASK}"
