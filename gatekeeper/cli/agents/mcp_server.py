"""Owns the MCP server: five tools over standard input and output, made with the official SDK. Judges nothing itself."""

import json
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from gatekeeper import __version__
from gatekeeper.cli.agents.mcp_answers import Following, brief_text, of_run, status_of
from gatekeeper.cli.child_call import call
from gatekeeper.model.errors import GatekeeperError

_TOLD = """\
gatekeeper judges this working tree: a cycle is a set of gates under hard timeouts, and its verdict belongs to what
exactly the tree holds. `verdict` tells at once what is known, `run` finds out (it may take long; progress is told),
`brief` tells all that is known of what failed. Only exit code 0 is green. Mend causes: what was made weaker is seen."""
_ERR = 2000


def serve(root: str) -> None:
    """Serve the project at `root` until standard input ends."""
    _server(root).run("stdio")


def _server(root: str) -> MCPServer:
    server: MCPServer = MCPServer("gatekeeper", instructions=_TOLD, version=__version__, log_level="ERROR")

    @server.tool(name="run")
    async def _run(ctx: Context, cycle: str, only: list[str] | None = None, at: str = "") -> dict[str, Any]:
        """Run a cycle until it is judged, and tell what came of it: verdict, exit code, what failed first and why.

        `only` names gates or steps (gate, gate/step): the verdict is of these alone then. `at` is a commit to judge in
        a scratch worktree instead of the working tree. Only exit code 0 is green; 75: another run holds the tree.
        Cancelling the call ends the run.
        """
        following = Following()

        async def heard(line: bytes) -> None:
            if told := following.hear(line):
                await ctx.report_progress(following.told, None, told[:200])

        options = [f"--only={name}" for name in only or []] + ([f"--at={at}"] if at else [])
        called = await call(("run", "--format", "json", *options, "--", cycle), root, heard)
        return of_run(root, following.run, called)

    @server.tool(name="status")
    def _status() -> dict[str, Any]:
        """List the cycles of the project, each with its last run and verdict."""
        return status_of(root)

    @server.tool(name="verdict")
    async def _verdict(cycle: str = "", rev: str = "") -> dict[str, Any]:
        """Tell what is known of the working tree, or of the commit `rev`, for one cycle or all; runs nothing.

        Exit codes: 0 green, 1 red, 4 flaky, 3 never judged or not any more.
        """
        words = ("verdict", "--format", "json", *([f"--cycle={cycle}"] if cycle else []), *(["--", rev] if rev else []))
        answer = await _answer(words, root)
        found: dict[str, Any] = json.loads(answer)
        return found

    @server.tool(name="brief")
    def _brief(run: str = "latest") -> str:
        """All that is known of what failed in a run, as Markdown: commands, findings, output around the cause.

        `run` is a run's id or an end of it, a cycle for its newest, or latest.
        """
        try:
            return brief_text(root, run)
        except GatekeeperError as fault:
            raise ToolError(str(fault)) from None

    @server.tool(name="note")
    async def _note(  # noqa: PLR0917 - a client names them all
        problem: str, root_cause: str, solution: str, nugget: str, run: str = "latest", domain: str = ""
    ) -> str:
        """Add what was learned to a run's execution log: problem, root cause, solution, and the nugget to remember."""
        said = {"problem": problem, "root-cause": root_cause, "solution": solution, "nugget": nugget, "domain": domain}
        words = ("note", *(f"--{name}={text}" for name, text in said.items()), "--", run)
        return await _answer(words, root)

    return server


async def _answer(words: tuple[str, ...], root: str) -> str:
    """What gatekeeper says to `words`; where it says nothing but complaints, they are the tool's error."""
    lines: list[bytes] = []

    async def heard(line: bytes) -> None:
        lines.append(line)

    called = await call(words, root, heard)
    if not lines:
        raise ToolError(called.err.removeprefix("gatekeeper: ").strip()[-_ERR:] or f"exit code {called.code}")
    return b"".join(lines).decode("utf-8", "replace")
