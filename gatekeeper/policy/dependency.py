"""Owns what outside of the cycle a step depends on, as ``host:port`` or in a pattern's words. Asks nobody.

What runs on this machine is no such thing: it is most likely what the cycle itself started, and its failures are the
cycle's own.
"""

from __future__ import annotations

from collections.abc import Collection

from gatekeeper.model.plan import HttpProbe, TcpProbe, Work
from gatekeeper.model.verdict import StepResult, StepVerdict

_BUSY = frozenset({429, 503})
_THIS_MACHINE = frozenset({"localhost", "::1", "::", "0.0.0.0", ""})  # noqa: S104 - recognised, not bound
_PORTS = {"http": "80", "https": "443"}


def asked_by(work: Work) -> str:
    """Whom a probe asks, as ``host:port``; empty for all that asks nobody, or wants to find nobody there."""
    match work:
        case HttpProbe(_, url):
            from urllib.parse import urlsplit

            try:
                parts = urlsplit(url)
                port = str(parts.port or _PORTS.get(parts.scheme, ""))
                return _named(parts.hostname or "", port)
            except ValueError:
                return ""
        case TcpProbe(address, open=True):
            host, _, port = address.rpartition(":")
            return _named(host.strip("[]"), port)
        case _:
            return ""


def outside(dependency: str, *, ports: Collection[str], services: Collection[str]) -> str:
    """`dependency` where it is one of the cycle, or empty: not of this machine, none of its `ports` and `services`."""
    host, _, port = dependency.rpartition(":")
    if not port.isdecimal() or (":" in host and not host.startswith("[")):
        host, port = dependency, ""
    host = host.strip("[]").rstrip(".").lower()
    ours = host in _THIS_MACHINE or host.endswith(".localhost") or _is_loopback(host)
    return "" if ours or port in ports or host in services else dependency


def asked_to_wait(work: Work, result: StepResult) -> float | None:
    """For how many seconds whoever a probe asked wants to be left alone, where that is all that speaks against it."""
    probe = result.attempt.probe if result.attempt is not None else None
    unmet = result.verdict in {StepVerdict.FAILED, StepVerdict.INFRA}
    if not unmet or probe is None or not isinstance(work, HttpProbe):
        return None
    status = probe.received.status
    only_that = {finding.kind for finding in result.findings if finding.blocks} == {"probe"}
    refused = status in _BUSY and status not in work.expect.status
    return probe.received.retry_after_s if refused and only_that else None


def has_answered(result: StepResult) -> bool | None:
    """What an attempt says of what its step depends on: it answered (well or badly), it failed, or nothing."""
    match result.verdict:
        case StepVerdict.PASSED:
            return True
        case StepVerdict.INFRA:
            return False
        case StepVerdict.FAILED:
            probe = result.attempt.probe if result.attempt is not None else None
            return True if probe is not None and probe.received.status is not None else None
        case StepVerdict.TIMED_OUT | StepVerdict.ERROR | StepVerdict.CANCELLED:
            return None
        case StepVerdict.BLOCKED | StepVerdict.SKIPPED:
            return None


def _named(host: str, port: str) -> str:
    if not host or not port:
        return ""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _is_loopback(host: str) -> bool:
    numbers = host.removeprefix("::ffff:").split(".")
    return len(numbers) == 4 and numbers[0] == "127" and all(number.isdecimal() for number in numbers)
