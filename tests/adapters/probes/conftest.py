"""Sites to ask, and addresses where nobody is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.adapters.probes.probe_sites import RawSite, Site


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    site.leave.set()
    site.server.shutdown()
    site.server.server_close()
    thread.join()


@pytest.fixture
def raw_site() -> Iterator[Callable[[bytes | None], RawSite]]:
    sites: list[RawSite] = []

    def start(answer: bytes | None) -> RawSite:
        sites.append(RawSite(answer))
        return sites[-1]

    yield start
    for site in sites:
        site.close()


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address that is ours and where nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"
