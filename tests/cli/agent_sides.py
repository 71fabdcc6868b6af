"""Owns the agent's side of hooks: it says what a tool would say, and reads the answer as the tool would."""

from __future__ import annotations

import json
import subprocess
from typing import Any, NamedTuple

from tests.support.projects import PATIENCE_S, Project

# What a coding agent that runs these tests has in its own environment.
NO_AGENT = {"CLAUDE_PROJECT_DIR": None, "CURSOR_PROJECT_DIR": None}


class Heard(NamedTuple):
    """What a hook answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """Its answer in JSON; nothing where it said nothing."""
        assert "Traceback" not in self.out + self.err, self.err
        found: dict[str, Any] = json.loads(self.out) if self.out else {}
        return found

    @property
    def reason(self) -> str:
        """Why the agent is kept going; it must be."""
        assert self.code == 0, self
        assert self.data.get("decision") == "block", self
        return str(self.data["reason"])

    @property
    def told(self) -> str:
        """What the person is told; the agent must be let go."""
        assert self.code == 0, self
        assert "decision" not in self.data, self
        return str(self.data.get("systemMessage", ""))


class Agent:
    """An agent in its session in a project, whose tool speaks as Claude Code does."""

    def __init__(self, project: Project, session: str = "s1", cwd: str | None = None) -> None:
        self._project = project
        self._session = session
        self._cwd = cwd or str(project.root)

    def says(self, event: str, *words: str, raw: bytes | None = None, active: bool = False, **env: Any) -> Heard:
        """Its tool calls the hook of an `event`."""
        data = {"session_id": self._session, "cwd": self._cwd, "hook_event_name": "Stop", "stop_hook_active": active}
        done = subprocess.run(
            [*self._project.command, "agent-hook", event, *words],
            cwd=self._project.root,
            env=self._project.environment(**{**NO_AGENT, **env}),
            input=json.dumps(data).encode() if raw is None else raw,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return Heard(done.returncode, done.stdout.decode(), done.stderr.decode())

    def begins(self) -> str:
        """Its session begins; returns what it is told."""
        return str(self.says("session-start").data["hookSpecificOutput"]["additionalContext"])

    def stops(self, *words: str, active: bool = False, **env: Any) -> Heard:
        """It wants to stop."""
        return self.says("stop", *words, active=active, **env)
