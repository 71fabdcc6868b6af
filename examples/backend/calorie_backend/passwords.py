"""How a password is kept: scrypt with a salt of its own, and its cost beside it."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from .config import ScryptCost


def hash_password(password: str, cost: ScryptCost) -> str:
    """Return what may be stored: scheme, cost, salt and hash in one line of text."""
    salt = secrets.token_bytes(16)
    digest = _scrypt(password, salt, cost)
    return f"scrypt${cost.n}${cost.r}${cost.p}${salt.hex()}${digest.hex()}"


def matches(password: str, stored: str) -> bool:
    """Tell whether this is the password that was stored, taking the same time for a near miss as for a far one."""
    # The cost is the one of the stored hash, so that raising it in the configuration locks nobody out.
    scheme, n, r, p, salt, digest = stored.split("$")
    if scheme != "scrypt":
        raise ValueError(f"unknown password scheme {scheme!r}")
    computed = _scrypt(password, bytes.fromhex(salt), ScryptCost(int(n), int(r), int(p)))
    return hmac.compare_digest(computed, bytes.fromhex(digest))


def _scrypt(password: str, salt: bytes, cost: ScryptCost) -> bytes:
    needed = 128 * cost.r * (cost.n + cost.p + 2)  # OpenSSL refuses what goes over its default of 32 MiB
    return hashlib.scrypt(password.encode(), salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=2 * needed, dklen=32)
