"""Owns telling a web address: one POST of the summary as JSON. Knows nothing of who is told what."""

from __future__ import annotations

from gatekeeper.adapters.notifications.summary import Summary


async def post(target: str, summary: Summary) -> str:
    """Deliver; returns a problem in words, or nothing. Redirects are not followed: they would be asked with GET."""
    import json

    import httpx

    content = json.dumps(summary, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "gatekeeper"}
    try:
        async with (
            # Per phase only: the deadline around all of it is the caller's.
            httpx.AsyncClient(timeout=None, follow_redirects=False) as client,  # noqa: S113 - as above
            client.stream("POST", target, content=content, headers=headers) as response,
        ):
            # The status is all that counts, so that no answer can be too long.
            return "" if response.is_success else f"it was answered with status {response.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as fault:
        return f"it could not be delivered: {type(fault).__name__} {fault}".rstrip()
