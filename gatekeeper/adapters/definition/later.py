"""Owns which keys belong to the format but are not acted on by this version. Whoever builds one removes it here.

They are refused, never ignored: a green under a budget that nobody looked at would be a lie.
"""

from __future__ import annotations

from collections.abc import Mapping

LATER: Mapping[str, frozenset[str]] = {
    "Log": frozenset({"commit", "redact"}),
}
"""By the model (see `models`) that the key stands in."""

ELSEWHERE: Mapping[str, str] = {
    "cmd": "run",
    "command": "run",
    "script": "run",
    "exec": "run",
    "args": "run",
    "cwd": "in",
    "dir": "in",
    "directory": "in",
    "workdir": "in",
    "working_dir": "in",
    "working-directory": "in",
    "depends_on": "needs",
    "depends-on": "needs",
    "requires": "needs",
    "variables": "vars",
    "timeout-minutes": "timeout",
    "timeout_minutes": "timeout",
    "when": "if",
    "only": "if",
    "strategy": "matrix",
    "fail-fast": "stop_on_failure",
    "name": "title",
    "description": "title",
    "reports": "report",
    "jobs": "gates",
    "stages": "gates",
    "after": "teardown",
    "services": "keep",
    "service": "keep",
    "background": "keep",
    "url": "http",
    "working_directory": "in",
}
"""What other tools call our keys."""
