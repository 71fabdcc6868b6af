"""Owns what each agent's tool wants in its settings so that it calls us, and what it cannot do. Knows no file. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.agents.json_edit import Entry
from gatekeeper.policy.agents.stopping import MOST_BLOCKS

SPARE_S = 30
"""So much longer than a run may take the tool waits for the hook, so that the run can be closed properly."""

_START_S = 60
_OURS = " agent-hook "


class Commands(NamedTuple):
    """The command lines that a tool calls, and how long it waits for the first, in whole seconds."""

    stop: str
    start: str
    timeout_s: int


class Tool(NamedTuple):
    """One tool: its settings `file` from the project's root, and the `events` that the agent stops and begins with.

    With `grouped` hooks stand in groups, as Claude Code has them. `beside` is what its file must hold besides.
    `limits` are what a person has to know of it.
    """

    name: str
    file: str
    events: tuple[str, str]
    grouped: bool
    beside: Mapping[str, object]
    limits: tuple[str, ...]

    def entries(self, commands: Commands) -> tuple[Entry, ...]:
        """What is to stand in its settings, in the order in which it is added."""
        stop, start = self.events
        return (
            Entry(("hooks", stop), self._item(commands.stop, commands.timeout_s, stops=True)),
            Entry(("hooks", start), self._item(commands.start, _START_S, stops=False)),
        )

    def _item(self, command: str, timeout_s: int, *, stops: bool) -> Mapping[str, object]:
        if self.grouped:
            return {"hooks": [{"type": "command", "command": command, "timeout": timeout_s}]}
        bound = {"loop_limit": MOST_BLOCKS} if stops else {}
        return {"command": command, "timeout": timeout_s, **bound}

    def is_ours(self, item: object) -> bool:
        """Whether an item in its settings calls us, and nothing but us."""
        if not isinstance(item, dict):
            return False
        hooks = item.get("hooks") if self.grouped else [item]
        if not isinstance(hooks, list) or not hooks:
            return False
        return all(isinstance(hook, dict) and _OURS in str(hook.get("command", "")) for hook in hooks)


CLAUDE = Tool(
    "claude",
    ".claude/settings.json",
    ("Stop", "SessionStart"),
    grouped=True,
    beside={},
    limits=(
        "Claude Code asks for trust in the folder before it runs a project's hooks.",
        "After 8 blocks in a row it ends the turn itself (CLAUDE_CODE_STOP_HOOK_BLOCK_CAP).",
    ),
)
CODEX = Tool(
    "codex",
    ".codex/hooks.json",
    ("Stop", "SessionStart"),
    grouped=True,
    beside={},
    limits=(
        "Codex runs a hook only once you have trusted it (/hooks in Codex), in a project that is trusted.",
        "Versions before hooks were stable want `[features] hooks = true` in config.toml (once `codex_hooks`).",
    ),
)
CURSOR = Tool(
    "cursor",
    ".cursor/hooks.json",
    ("stop", "sessionStart"),
    grouped=False,
    beside={"version": 1},
    limits=(
        "Cursor cannot keep its agent from stopping: it stops, and then gets what is wrong as the next message.",
        "Nothing can be shown to you in its chat; what is said of a tree that is let go is in its panel of hooks.",
    ),
)
TOOLS: Mapping[str, Tool] = {tool.name: tool for tool in (CLAUDE, CODEX, CURSOR)}


def toml_of(entries: tuple[Entry, ...]) -> str:
    """Entries of a grouped tool as TOML: tables that may stand at the end of any file."""
    lines: list[str] = []
    for (_, event), item in entries:
        hooks = item["hooks"]
        assert isinstance(hooks, list)
        for hook in hooks:
            # What JSON writes of a text in ASCII is a TOML string, too: nothing of ours needs a surrogate.
            values = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in hook.items()]
            lines += [f"[[hooks.{event}]]", f"[[hooks.{event}.hooks]]", *values]
    return "\n".join(lines)


def contract(cycle: str, program: str) -> str:
    """What a section of AGENTS.md says to any agent, in Markdown."""
    return f"""\
## Before you say that you are done

This project is judged by gatekeeper, and so is your work.

- `{program} verdict --cycle {cycle}` tells at once what is known of the tree as it lies there.
- `{program} run {cycle}` finds out. `{program} show latest` tells what failed, and why.
- Exit codes: 0 green, 1 red, 3 not judged, 4 flaky, 75 another run holds the tree. `--format json` is for programs.

Do not say that it works while that is not 0. Where it cannot be 0, say which step fails, and why. Mend causes: tests,
definitions and baselines that became weaker are seen. Leave `.gatekeeper/` and `gates/` alone unless you were asked."""
