"""The ready-made fixers, with programs in the agents' places that print what the agents are documented to print."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gatekeeper.model.help_events import Usage
from gatekeeper.policy.fixer_usage import read_usage

FIXERS = Path(__file__).resolve().parents[2] / "examples" / "fixers"

CLAUDE = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "num_turns": 7,
    "result": "Fixed.",
    "session_id": "0",
    "total_cost_usd": 0.4242,
    "usage": {"input_tokens": 11, "output_tokens": 22},
    "modelUsage": {
        "a": {"inputTokens": 10, "outputTokens": 20, "cacheReadInputTokens": 1000, "cacheCreationInputTokens": 100},
        "b": {"inputTokens": 1, "outputTokens": 2, "cacheReadInputTokens": 0, "cacheCreationInputTokens": 0},
    },
}
CODEX = [
    {"type": "thread.started", "thread_id": "0"},
    {"type": "turn.started"},
    {"type": "item.completed", "item": {"id": "item_0", "type": "agent_message", "text": "Fixed."}},
    {"type": "turn.completed", "usage": {"input_tokens": 24763, "cached_input_tokens": 24448, "output_tokens": 122}},
]


class Ran(NamedTuple):
    """How a fixer ended, what its agent was given, and the usage that gatekeeper makes of what it left."""

    code: int
    arguments: list[str]
    brief: str
    usage: Usage
    out: str


class Agent:
    """A program called like an agent, which remembers what it was given, prints `said` and ends with `code`."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.notes = place / "fixer" / "1" / "notes"
        self.notes.mkdir(parents=True)

    def run(
        self, script: str, name: str, said: str, code: int = 0, *, installed: bool = True, tools: tuple[str, ...] = ()
    ) -> Ran:
        bin_folder = self.place / "bin"
        bin_folder.mkdir(exist_ok=True)
        (self.place / "said").write_text(said, "utf-8")
        if installed:
            agent = bin_folder / name
            agent.write_text(
                f'#!/bin/sh\nfor each; do printf "%s\\n" "$each"; done > "{self.place}/arguments"\n'
                f'cat > "{self.place}/given"\ncat "{self.place}/said"\nexit {code}\n',
                "utf-8",
            )
            agent.chmod(0o755)
        usage = self.place / "fixer" / "1" / "usage.json"
        done = subprocess.run(
            [str(FIXERS / script), *tools],
            input="# Brief\n",
            capture_output=True,
            text=True,
            check=False,
            env={
                "PATH": f"{bin_folder}:/usr/bin:/bin",
                "PYTHON": sys.executable,
                "TMPDIR": str(self.place),
                "GATEKEEPER_USAGE": str(usage),
                "GATEKEEPER_NOTES": str(self.notes),
            },
        )
        stated = read_usage(usage.read_bytes())
        assert stated.findings == ()
        given = self.place / "given"
        arguments = self.place / "arguments"
        return Ran(
            done.returncode,
            arguments.read_text("utf-8").splitlines() if arguments.exists() else [],
            given.read_text("utf-8") if given.exists() else "",
            stated.usage,
            done.stdout,
        )


@pytest.fixture
def agent(tmp_path: Path) -> Agent:
    place = tmp_path / "a run"
    place.mkdir()
    return Agent(place)


def test_claude_code_gets_the_brief_and_its_usage_is_what_all_models_used(agent: Agent) -> None:
    """Subagents count, an estimated cost does not."""
    ran = agent.run("claude-code.sh", "claude", json.dumps(CLAUDE), tools=("Bash(npm test *)",))
    assert (ran.code, ran.brief) == (0, "# Brief\n")
    assert ran.arguments[0] == "-p"
    assert ran.arguments[2:] == [
        *("--permission-mode", "acceptEdits", "--add-dir", str(agent.notes), "--output-format", "json"),
        *("--allowedTools", "Read", "Bash(npm test *)"),
    ]
    assert ran.usage == Usage(1111, 22, 1133, None, "claude modelUsage")
    assert "Fixed." in ran.out


def test_codex_gets_the_brief_and_its_usage_is_the_last_total(agent: Agent) -> None:
    ran = agent.run("codex.sh", "codex", "\n".join(map(json.dumps, CODEX)))
    assert (ran.code, ran.brief) == (0, "# Brief\n")
    assert ran.arguments == [
        *("exec", "--sandbox", "workspace-write", "--add-dir", str(agent.notes), "--json", "-"),
    ]
    assert ran.usage == Usage(24763, 122, 24885, None, "codex turn.completed")


ZEROS = {"inputTokens": 0, "outputTokens": 0, "cacheReadInputTokens": 0, "cacheCreationInputTokens": 0}


@pytest.mark.parametrize(
    ("script", "name", "said"),
    [
        ("claude-code.sh", "claude", "Invalid API key"),
        ("claude-code.sh", "claude", ""),
        ("claude-code.sh", "claude", "[]"),
        ("claude-code.sh", "claude", '"text"'),
        ("claude-code.sh", "claude", json.dumps({**CLAUDE, "modelUsage": {}})),
        ("claude-code.sh", "claude", json.dumps({**CLAUDE, "modelUsage": {"a": ZEROS}})),
        ("claude-code.sh", "claude", json.dumps({key: CLAUDE[key] for key in CLAUDE if key != "modelUsage"})),
        ("codex.sh", "codex", ""),
        ("codex.sh", "codex", "no JSON\n[1]\n"),
        ("codex.sh", "codex", '{"type": "turn.failed", "error": {"message": "no"}}'),
        ("codex.sh", "codex", '{"type": "turn.completed", "usage": {"input_tokens": 0, "output_tokens": 0}}'),
    ],
)
def test_what_was_not_counted_is_not_known_and_never_0(agent: Agent, script: str, name: str, said: str) -> None:
    ran = agent.run(script, name, said, code=1)
    assert ran.code == 1
    assert ran.usage == Usage()


def test_half_of_it_is_half_of_it(agent: Agent) -> None:
    """A number that is missing makes its sum unknown, and no other."""
    models: dict[str, Any] = {"a": {"inputTokens": 10, "outputTokens": 20}}
    ran = agent.run("claude-code.sh", "claude", json.dumps({**CLAUDE, "modelUsage": models}))
    assert ran.usage == Usage(None, 20, None, None, "claude modelUsage")


@pytest.mark.parametrize(("script", "name"), [("claude-code.sh", "claude"), ("codex.sh", "codex")])
def test_an_agent_that_is_not_installed_ends_as_the_shell_says(agent: Agent, script: str, name: str) -> None:
    ran = agent.run(script, name, "", installed=False)
    assert ran.code == 127
    assert ran.usage == Usage()


def test_the_scripts_can_be_run() -> None:
    """In a fresh clone, too."""
    for name in ("claude-code.sh", "codex.sh"):
        assert os.access(FIXERS / name, os.X_OK)
