"""Owns the command `gatekeeper mcp`: the MCP server on standard input and output, if its package is there."""

from __future__ import annotations

import argparse
import gc
import os

from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.project import require_root
from gatekeeper.model.errors import EnvironmentFault, UsageError

_EPILOG = """\
Tools: run, status, verdict, brief, note. A run is a process of its own: to cancel the call ends it, properly. It needs
the extra mcp: pip install 'gatekeeper-run[mcp]'

exit codes:
  0  the client is gone
  2  no project there
  3  the extra is missing

examples:
  gatekeeper mcp                speaks MCP; a client starts it
  claude mcp add gatekeeper -- gatekeeper mcp --project "$PWD"
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Offer the cycles of a project to agents, by the Model Context Protocol (stdio)."
    parser.epilog = _EPILOG
    parser.add_argument("--project", metavar="FOLDER", help="in or above which gates/ lies (default: the current one)")


def main(arguments: argparse.Namespace) -> int:
    """Serve until the client is gone. Raises `UsageError`, and `EnvironmentFault` without the extra."""
    folder = arguments.project or os.getcwd()
    if not os.path.isdir(folder):
        raise UsageError(f"--project {folder} is no folder")
    root = require_root(folder)
    try:
        from gatekeeper.cli.agents.mcp_server import serve
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "mcp":
            raise
        raise EnvironmentFault(
            "the MCP server needs the package mcp, version 2.3 or newer; it is the extra mcp: pip install "
            "'gatekeeper-run[mcp]'"
        ) from None
    gc.enable()
    serve(root)
    return OK
