"""Owns asking a web address: one POST of the message as JSON. Knows nothing of who is told what, and of no deadline."""

from __future__ import annotations

import json
import time

from gatekeeper.adapters.notifications.tried import Tried
from gatekeeper.policy.retry_after import retry_after_s

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_LATER = frozenset({408, 425, 429})
"""Refusals that say: not now."""


def post(target: str, message: Mapping[str, object]) -> Tried:
    """Try it once. Redirects are not followed: they would be asked with GET, and with the token, elsewhere."""
    import httpx

    content = json.dumps(message, ensure_ascii=False).encode(errors="replace")
    headers = {"Content-Type": "application/json", "User-Agent": "gatekeeper"}
    try:
        with (
            # The deadline is around all of it, and the caller's.
            httpx.Client(timeout=None, follow_redirects=False) as client,  # noqa: S113 - as above
            client.stream("POST", target, content=content, headers=headers) as response,
        ):
            # The status is all that counts, so that no answer can be too long.
            status, answered = response.status_code, tuple(response.headers.items())
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError) as fault:
        return Tried(f"it is no address that can be asked: {fault}")
    except (httpx.HTTPError, OSError) as fault:
        return Tried(f"it could not be delivered: {type(fault).__name__} {fault}".rstrip(), again=True)
    if 200 <= status < 300:
        return Tried("")
    return Tried(
        f"it was answered with status {status}",
        again=status in _LATER or status >= 500,
        after_s=retry_after_s(answered, time.time),
    )
