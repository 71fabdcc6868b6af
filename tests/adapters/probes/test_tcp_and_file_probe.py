"""What TCP and file probes say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gatekeeper.adapters.probes.ask import ask
from gatekeeper.model.plan import FileProbe, TcpProbe
from gatekeeper.policy.masking import Masker
from tests.adapters.probes.probe_sites import Site

pytestmark = pytest.mark.anyio


async def test_a_port_that_is_open(site: Site) -> None:
    """An open port meets `open` and speaks against its opposite."""
    assert (await ask(TcpProbe(site.address), timeout_s=40, cwd="/")).met
    result = await ask(TcpProbe(site.address, open=False), timeout_s=40, cwd="/")
    assert result.problem == f"something still listens on {site.address}"
    assert result.expected == "refuses connections"


async def test_a_port_that_is_closed(nobody: str) -> None:
    """A closed port meets `open: false` and speaks against its opposite."""
    assert (await ask(TcpProbe(nobody, open=False), timeout_s=40, cwd="/")).met
    result = await ask(TcpProbe(nobody), timeout_s=40, cwd="/")
    assert result.problem == f"connection refused: nothing listens on {nobody}"


@pytest.mark.parametrize("address", ["", "localhost", "localhost:", "localhost:http", "localhost:0", "[::1]:70000"])
@pytest.mark.parametrize("wanted_open", [True, False])
async def test_an_address_that_is_none(address: str, *, wanted_open: bool) -> None:
    """A wrong address is never met, and says how to write one."""
    result = await ask(TcpProbe(address, open=wanted_open), timeout_s=40, cwd="/")
    assert not result.met
    assert "write host:port" in result.problem


async def test_a_name_that_does_not_resolve_is_no_refusal() -> None:
    """Nobody can say that a port is closed on a machine that was not found."""
    result = await ask(TcpProbe("no-such-host.invalid:1", open=False), timeout_s=5, cwd="/")
    assert not result.met


async def test_a_file_that_is_there(tmp_path: Path) -> None:
    """A relative path starts at the step's folder."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/app.js").write_text("console.log('hello')")
    assert (await ask(FileProbe("dist/app.js"), timeout_s=40, cwd=str(tmp_path))).met
    assert (await ask(FileProbe("dist/app.js", contains="hello"), timeout_s=40, cwd=str(tmp_path))).met
    result = await ask(FileProbe("dist/app.js", contains="goodbye"), timeout_s=40, cwd=str(tmp_path))
    assert result.problem == "dist/app.js does not hold 'goodbye'"
    assert result.received.excerpt == "console.log('hello')"
    result = await ask(FileProbe("dist/app.js", exists=False), timeout_s=40, cwd=str(tmp_path))
    assert result.problem == "dist/app.js is there (20 bytes)"


async def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Also where a part of the path is a file."""
    (tmp_path / "file").write_text("")
    for path in ("nope", "file/nope"):
        assert (await ask(FileProbe(path, exists=False), timeout_s=40, cwd=str(tmp_path))).met
        result = await ask(FileProbe(path), timeout_s=40, cwd=str(tmp_path))
        assert result.problem == f"{path} is not there (looked at {tmp_path / path})"


async def test_what_is_no_readable_file(tmp_path: Path) -> None:
    """Folders, pipes and impossible names are told in words; nothing is opened that could block."""
    os.mkfifo(tmp_path / "pipe")
    for path in ("pipe", "."):
        result = await ask(FileProbe(path, contains="x"), timeout_s=40, cwd=str(tmp_path))
        assert "not a regular file" in result.problem
    assert "cannot be looked at" in (await ask(FileProbe("a\0b"), timeout_s=40, cwd=str(tmp_path))).problem


async def test_secrets_in_a_file_do_not_show(tmp_path: Path) -> None:
    """The excerpt of a file is masked."""
    (tmp_path / "env").write_text("TOKEN=abcdefgh")
    probe = FileProbe("env", contains="nothing")
    result = await ask(probe, timeout_s=40, cwd=str(tmp_path), mask=Masker(["abcdefgh"]).mask)
    assert "abcdefgh" not in str(result)
