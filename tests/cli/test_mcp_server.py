"""`gatekeeper mcp` is spoken to by the official client: it runs, tells, and ends what is cancelled."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import to_thread
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, alive_with, git, until

CYCLE = """
until_green: {rounds: 1}
gates:
  g:
    steps:
      reads: {run: 'cat fact; test "$(cat fact)" = good'}
"""


@pytest.fixture
def project(tiny: MakeTiny) -> Project:
    made = tiny(CYCLE)
    (made.root / "fact").write_text("bad\n", "utf-8")
    git(made.root, "init", "--quiet")
    return made


@asynccontextmanager
async def connected(project: Project) -> AsyncIterator[Client]:
    """A client of a server of its own."""
    server = StdioServerParameters(
        command=project.command[0],
        args=[*project.command[1:], "mcp", "--project", str(project.root / "gates")],
        env=project.environment(),
        cwd=str(project.root.parent),
    )
    async with Client(stdio_client(server)) as client:
        yield client


def in_a_session(project: Project, story: Callable[[Client], Awaitable[None]]) -> None:
    async def told() -> None:
        async with connected(project) as client:
            await story(client)

    anyio.run(told)


async def answer(client: Client, name: str, **arguments: Any) -> Any:
    """What a tool answers; an object as itself."""
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result
    found = result.structured_content
    assert found is not None
    return found["result"] if set(found) == {"result"} else found


@pytest.mark.slow
def test_a_session(project: Project) -> None:
    async def story(client: Client) -> None:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        assert tools == {"run", "status", "verdict", "brief", "note"}
        assert (await answer(client, "verdict"))["cycles"][0]["answer"] == "unknown"

        told: list[str] = []
        steps: list[float] = []

        async def seen(progress: float, total: float | None, message: str | None) -> None:
            steps.append(progress)
            told.append(message or "")

        result = await client.call_tool("run", {"cycle": "tiny"}, progress_callback=seen)
        red = result.structured_content
        assert red is not None
        run = project.journal.run
        assert (red["verdict"], red["exit_code"], red["run"]) == ("red", 1, run)
        (failure,) = red["failures"]
        assert failure["step"] == "g/reads"
        assert failure["last_lines"] == ["bad"]
        assert failure["repeat"] == "gatekeeper run tiny --only g/reads"
        assert "g/reads failed" in told
        assert steps == sorted(set(steps))

        assert (await answer(client, "verdict", cycle="tiny"))["cycles"][0]["run"] == run
        assert (await answer(client, "status"))["cycles"] == [
            {"cycle": "tiny", "last_run": run, "verdict": "red", "ended": project.journal.events()[-1]["time"]}
        ]
        assert "### g/reads: failed" in await answer(client, "brief")
        note = {"problem": "--bad", "root_cause": "it was written", "solution": "write good", "nugget": "look first"}
        assert "added to" in await answer(client, "note", **note)
        assert project.journal.last("note.added")["problem"] == "--bad"

        (project.root / "fact").write_text("good\n", "utf-8")
        green = await answer(client, "run", cycle="tiny", only=["g/reads"])
        assert (green["verdict"], green["exit_code"], green["selection"]) == ("green", 0, "g/reads")
        assert "Nothing failed" in await answer(client, "brief")

        # What goes wrong is told, and the session goes on.
        assert (await answer(client, "run", cycle="nobody"))["exit_code"] == 2
        assert "no cycle" in (await answer(client, "run", cycle="--help"))["problem"]
        for name, arguments in (
            ("brief", {"run": "nobody"}),
            ("verdict", {"rev": "--nobody"}),
            ("note", note | {"run": "x"}),
        ):
            result = await client.call_tool(name, arguments)
            assert result.is_error, (name, result)
        assert (await answer(client, "status"))["project"] == str(project.root)

    in_a_session(project, story)
    assert project.journals()[-1].end["verdict"] == "green"


def test_without_the_extra_it_says_which(project: Project, tmp_path: Path) -> None:
    (tmp_path / "path" / "mcp").mkdir(parents=True)
    (tmp_path / "path" / "mcp" / "__init__.py").write_text("raise ModuleNotFoundError('mcp', name='mcp')\n", "utf-8")
    done = project.gatekeeper("mcp", PYTHONPATH=str(tmp_path / "path")).expect(3)
    assert "pip install 'gatekeeper-run[mcp]'" in done.err
    project.gatekeeper("mcp", "--project", str(tmp_path / "none")).expect(2)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["cancelled", "killed"])
def test_a_call_that_is_given_up_ends_its_run(tiny: MakeTiny, how: str) -> None:
    """The client cancels it; or the server is killed."""
    project = tiny("gates: {g: {steps: {waits: {run: 'touch $BEACONS/up; sleep 600'}}}}\n")
    git(project.root, "init", "--quiet")
    up = project.temporary / "up"

    async def begun() -> None:
        await to_thread.run_sync(until, up.exists, "the step runs")

    async def story(client: Client) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(called, client)
            await begun()
            if how == "killed":
                found = alive_with(str(project.temporary))
                os.kill(next(pid for pid, words in found.items() if " mcp " in words), signal.SIGKILL)
            else:
                tasks.cancel_scope.cancel()
        if how == "cancelled":
            # The server serves on, also while it ends that run.
            assert (await answer(client, "status"))["cycles"][0]["last_run"] == project.journal.run

    async def called(client: Client) -> None:
        with suppress(MCPError):
            await client.call_tool("run", {"cycle": "tiny"})

    in_a_session(project, story)
    until(lambda: bool(project.journal.events("run.finished")), "the run is closed")
    assert project.journal.end["verdict"] == "aborted"
    until(lambda: not alive_with(str(project.temporary)), "all of it is gone")
