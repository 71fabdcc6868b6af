"""The process that tells a target: it is bounded, says nothing of the target, and is gone afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.notifications.sending import Patience, send
from gatekeeper.adapters.notifications.summary import trial_message
from tests.support.endpoints import HANG, PATIENCE_S, TOKEN, Endpoint
from tests.support.projects import alive_with

pytestmark = pytest.mark.anyio
MESSAGE = dict(trial_message("backend-cycle", "ci-1"))
QUICK = Patience(within_s=PATIENCE_S, try_s=PATIENCE_S, pauses_s=(0.01,))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.slow
async def test_it_arrives(endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a folder that holds modules of all the names that are imported, and by a Python told to be loud."""
    for name in ("gatekeeper", "apprise", "httpx", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONDEVMODE", "1")
    assert await send(endpoint.url, MESSAGE, QUICK) == ""
    assert [one.body for one in endpoint.asked] == [MESSAGE]


@pytest.mark.slow
async def test_what_went_wrong_holds_no_token(endpoint: Endpoint) -> None:
    """In no part of it, however often it was tried."""
    endpoint.answers = [500]
    assert await send(endpoint.url, MESSAGE, QUICK) == "it was answered with status 500 (tried 2 times)"
    assert TOKEN not in await send(f"slack://{TOKEN}", MESSAGE, QUICK)


@pytest.mark.slow
async def test_who_leaves_leaves_nothing_behind(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """The target hangs, whoever waited does not any more: the process is gone before anything else goes on."""
    sign = f"GATEKEEPER_TEST_SIGN={os.getpid()}-sending"
    monkeypatch.setenv(*sign.split("=", 1))
    endpoint.answers = [HANG]
    async with anyio.create_task_group() as sending:
        sending.start_soon(send, endpoint.url, MESSAGE, QUICK)
        await anyio.to_thread.run_sync(endpoint.wait)
        (command,) = alive_with(sign).values()
        assert TOKEN not in command
        sending.cancel_scope.cancel()
    assert alive_with(sign) == {}


async def test_a_process_that_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has none left is a problem in words."""
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    problem = await send("https://h.example/x", MESSAGE, QUICK)
    assert problem == "this machine refuses a process: No such file or directory"


async def test_a_process_that_dies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What it did is not known, so nobody was told."""
    dying = tmp_path / "python"
    dying.write_text("#!/bin/sh\nread -r line\nkill -9 $$\n")
    dying.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(dying))
    assert await send("https://h.example/x", MESSAGE, QUICK) == f"it was not delivered within {PATIENCE_S:g} s"
