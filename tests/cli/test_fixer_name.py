"""Who is called between rounds, as the log has it where the definition names no provider."""

from __future__ import annotations

import pytest

from gatekeeper.cli.opening import fixer_name
from gatekeeper.model.plan import Argv, FixerSpec, Shell
from gatekeeper.policy.binding import Context

CONTEXT = Context(environ={"HOME": "/home/me"})


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (Shell("./agent-fix.sh --fast"), "agent-fix.sh"),
        (Argv(("${env:HOME}/bin/claude-code.sh", "Bash(npm test *)")), "claude-code.sh"),
        (Shell("ruff check --fix . || true"), "ruff"),
        (Shell("if grep -q odd v; then ./mend; fi"), "a shell line"),
        (Shell("cd tools && ./mend"), "a shell line"),
        (Shell(""), ""),
    ],
)
def test_it_is_the_program_where_the_command_begins_with_one(command: Shell | Argv, name: str) -> None:
    assert fixer_name(FixerSpec(command), CONTEXT) == name


def test_it_is_the_provider_where_there_is_one() -> None:
    assert fixer_name(FixerSpec(Shell("if true; then ./mend; fi"), provider="acme/1"), CONTEXT) == "acme/1"
    assert fixer_name(None, CONTEXT) == ""
