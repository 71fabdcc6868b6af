"""Owns asking whether a TCP port accepts connections. Knows nothing of what is spoken there."""

from __future__ import annotations

import time

import anyio

from gatekeeper.adapters.probes.faults import describe_network_fault, is_refusal
from gatekeeper.adapters.probes.words import Mask, seconds
from gatekeeper.model.outcome import ProbeResult, Received
from gatekeeper.model.plan import TcpProbe


async def ask_tcp(probe: TcpProbe, *, timeout_s: float, cwd: str, mask: Mask) -> ProbeResult:
    """Try to connect once; the connection is closed at once, without a byte sent."""
    del cwd, mask
    request = f"TCP {probe.address}"
    expected = "accepts connections" if probe.open else "refuses connections"
    address = _parse(probe.address)
    if address is None:
        problem = f"{probe.address!r} is not an address; write host:port, as in 127.0.0.1:5432 or [::1]:5432"
        return ProbeResult(request, expected, Received(None, 0.0), met=False, problem=problem)
    started = time.monotonic()
    fault, refused = "", False
    try:
        with anyio.fail_after(timeout_s):
            stream = await anyio.connect_tcp(*address)
            await anyio.aclose_forcefully(stream)
    except TimeoutError:
        fault = f"no connection with {probe.address} within {seconds(timeout_s)}"
    except (OSError, UnicodeError) as error:
        fault = describe_network_fault(error, probe.address) or f"no connection with {probe.address}: {error}"
        refused = is_refusal(error)
    received = Received(None, round((time.monotonic() - started) * 1000, 1), fault or "connected")
    if probe.open:
        return ProbeResult(request, expected, received, met=not fault, problem=fault)
    # Silence is not a refusal: what filters today may let through tomorrow.
    problem = "" if refused else fault or f"something still listens on {probe.address}"
    return ProbeResult(request, expected, received, met=refused, problem=problem)


def _parse(address: str) -> tuple[str, int] | None:
    host, colon, port = address.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if not colon or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        return None
    return host or "127.0.0.1", int(port)
