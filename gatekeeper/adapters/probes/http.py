"""Owns one HTTP request: asking it, bounded in time and size. Weighs nothing, and knows nothing of steps.

No redirect is followed, and neither proxies nor anything else is taken from the environment: a probe asks exactly
the address that stands in the definition.
"""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio

from gatekeeper.adapters.probes.expectation import Answer, expected_words, weigh
from gatekeeper.adapters.probes.faults import describe_network_fault
from gatekeeper.adapters.probes.words import Mask, excerpt, seconds, shortened, without_userinfo
from gatekeeper.model.outcome import ProbeResult, Received
from gatekeeper.model.plan import HttpProbe
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.retry_after import retry_after_s

if TYPE_CHECKING:
    import ssl

    import httpx

LARGEST = 1 << 20
"""How much of an answer is read, in bytes."""


class _NoAnswer(NamedTuple):
    problem: str


async def ask_http(probe: HttpProbe, *, timeout_s: float, cwd: str, mask: Mask) -> ProbeResult:
    """Send the request once and weigh the whole answer against the expectation."""
    del cwd
    request = shortened(mask(f"{probe.method} {without_userinfo(probe.url)}"), 500)
    expected = expected_words(probe.expect, mask)
    within = probe.expect.within_s
    # An answer that comes late says more than none, so it gets twice its time before it is given up.
    limit = timeout_s if within is None else min(timeout_s, 2 * within)
    started = time.monotonic()
    where = _address(probe.url)
    answer: Answer | _NoAnswer
    if isinstance(where, _NoAnswer):
        answer = where
    else:
        try:
            with anyio.fail_after(limit):
                answer = await _exchange(probe, where)
        except TimeoutError:
            answer = _NoAnswer(f"no whole answer from {where} within {seconds(limit)}")
    ms = round((time.monotonic() - started) * 1000, 1)
    if isinstance(answer, _NoAnswer):
        return ProbeResult(request, expected, Received(None, ms), met=False, problem=answer.problem)
    problem, captures = weigh(probe.expect, answer, ms, mask)
    wait_s = retry_after_s(answer.headers, time.time)
    received = Received(answer.status, ms, excerpt(answer.text, mask), wait_s)
    return ProbeResult(request, expected, received, met=not problem, problem=problem, captures=captures)


async def _exchange(probe: HttpProbe, where: str) -> Answer | _NoAnswer:
    import httpx

    try:
        async with (
            httpx.AsyncClient(
                verify=_trust(probe.url),
                trust_env=False,
                follow_redirects=False,
                timeout=None,  # noqa: S113 - per phase only; the deadline around all of it is the caller's
            ) as client,
            client.stream(probe.method, probe.url, headers=_headers(probe), content=_content(probe)) as response,
        ):
            return await _read(response)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError, ValueError) as fault:
        return _NoAnswer(f"the request cannot be sent: {shortened(str(fault), 200)}")
    except httpx.RemoteProtocolError as fault:
        return _NoAnswer(f"{where} did not answer in HTTP: {shortened(str(fault), 200)}")
    except (httpx.HTTPError, OSError, ExceptionGroup) as fault:
        reason = describe_network_fault(fault, where)
        if reason is None and isinstance(fault, httpx.ReadError):
            reason = f"the connection was closed by {where} before the answer was complete"
        return _NoAnswer(
            reason or f"no answer from {where}: {type(fault).__name__} {shortened(str(fault), 200)}".rstrip()
        )


async def _read(response: httpx.Response) -> Answer:
    body = bytearray()
    # Raw, because a decoder of a library would unpack a bomb before anyone could count.
    async for chunk in response.aiter_raw(1 << 16):
        body += chunk
        if len(body) > LARGEST:
            break
    cut = len(body) > LARGEST
    content, cut_by_unpacking = _unpacked(bytes(body[:LARGEST]), response.headers.get("content-encoding", ""))
    text = content.decode(response.encoding or "utf-8", "replace")
    return Answer(response.status_code, tuple(response.headers.multi_items()), text, cut or cut_by_unpacking)


def _unpacked(body: bytes, encoding: str) -> tuple[bytes, bool]:
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return body, False
    decoder = zlib.decompressobj(wbits=47)
    try:
        content = decoder.decompress(body, LARGEST)
    except zlib.error:
        return body, False
    return content, bool(decoder.unconsumed_tail)


def _headers(probe: HttpProbe) -> list[tuple[str, str]]:
    given = {name.lower() for name, _ in probe.headers}
    defaults = [("Accept", "*/*"), ("Accept-Encoding", "identity"), ("User-Agent", "gatekeeper")]
    if probe.json is not None:
        defaults.append(("Content-Type", "application/json"))
    elif probe.body is not None:
        defaults.append(("Content-Type", "text/plain; charset=utf-8"))
    return [*(pair for pair in defaults if pair[0].lower() not in given), *probe.headers]


def _content(probe: HttpProbe) -> bytes | None:
    body = probe.json if probe.json is not None else probe.body
    return None if body is None else body.encode()


def _trust(url: str) -> ssl.SSLContext | bool:
    if not url[:6].lower().startswith("https:"):
        return False  # nothing to verify, and loading the certificates would cost 20 ms
    import ssl

    import certifi

    # The machine's own store first (SSL_CERT_FILE and company authorities), with the public roots beside it.
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _address(url: str) -> str | _NoAnswer:
    """Who is asked, as ``host:port``, or why nobody can be asked."""
    try:
        parts = urlsplit(url)
        default = {"http": 80, "https": 443}.get(parts.scheme)
        if default is not None and parts.hostname:
            return f"{parts.hostname}:{default if parts.port is None else parts.port}"
        wrong = "it must begin with http:// or https:// and name a host"
    except ValueError as fault:
        wrong = str(fault)
    return _NoAnswer(f"{shortened(without_userinfo(url), 200)!r} is not a URL that can be asked: {wrong}")
