"""Owns saying in plain words why no answer came over the network. Knows no protocol above TCP."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

_IN_WORDS = {
    errno.ECONNRESET: "the connection was reset by {where} before the answer was complete",
    errno.EPIPE: "the connection was closed by {where} before the request was complete",
    errno.ECONNABORTED: "the connection was aborted by {where}",
    errno.EHOSTUNREACH: "no route to {where}",
    errno.ENETUNREACH: "the network of {where} cannot be reached from here",
    errno.ETIMEDOUT: "{where} did not answer the attempt to connect",
    errno.EMFILE: "this process has no file descriptors left to connect with",
    errno.EADDRNOTAVAIL: "{where} is not an address that can be connected to from here",
}


def describe_network_fault(fault: BaseException, where: str) -> str | None:
    """One sentence on `fault` while talking to `where` (``host:port``), or None where it is no network fault."""
    causes = list(_causes(fault))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate of {where} is not trusted: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"no TLS connection with {where}: {cause.reason or cause}"
        if isinstance(cause, socket.gaierror):
            return f"the name in {where} cannot be resolved: {cause.strerror}"
    numbers = [cause.errno for cause in causes if isinstance(cause, OSError) and cause.errno is not None]
    # A name with two addresses (localhost) fails twice; a refusal says more than an unreachable family.
    if errno.ECONNREFUSED in numbers:
        return f"connection refused: nothing listens on {where}"
    for number in numbers:
        if number in _IN_WORDS:
            return _IN_WORDS[number].format(where=where)
    for cause in causes:
        if isinstance(cause, OSError):
            return f"no connection with {where}: {cause.strerror or cause}"
    return None


def is_refusal(fault: BaseException) -> bool:
    """Whether the machine that was asked said that nothing listens there."""
    return any(isinstance(cause, ConnectionRefusedError) for cause in _causes(fault))


def _causes(fault: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [fault]
    while waiting:
        cause = waiting.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        if isinstance(cause, BaseExceptionGroup):
            waiting.extend(cause.exceptions)
        waiting += [cause.__cause__, cause.__context__]
