"""Owns projects with a remote to push to, an installed hook, and git as somebody without settings or a name."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.support.projects import Done, Project, git

FACT = """
gates:
  g:
    steps:
      reads: {run: 'cat fact; test "$(cat fact)" = good'}
"""


class Pusher:
    """A project that is committed, with the remote `origin`, a bare repository beside it."""

    def __init__(self, root: Path, definition: str = FACT, *, sha256: bool = False) -> None:
        self.project = Project.with_cycle(root, definition)
        self.root = root
        self.remote = root.parent / f"{root.name}.git"
        kind = ["--object-format=sha256"] if sha256 else []
        git(root.parent, "init", "--quiet", "--bare", *kind, str(self.remote))
        git(root, "init", "--quiet", *kind)
        git(root, "remote", "add", "origin", str(self.remote))
        self.write("good")
        self.commit("begin")

    def write(self, fact: str) -> None:
        (self.root / "fact").write_text(f"{fact}\n", "utf-8")

    def commit(self, message: str, folder: Path | None = None) -> str:
        """All that is there, committed without any hook; the commit's id."""
        where = folder or self.root
        git(where, "add", "--all")
        git(where, "commit", "--quiet", "--no-verify", "--allow-empty", "--message", message)
        return git(where, "rev-parse", "HEAD").strip()

    def fact(self, fact: str) -> str:
        """A commit in which the fact is this; its id."""
        self.write(fact)
        return self.commit(fact)

    def install(self, *arguments: str, hook: str = "pre-push") -> Done:
        return self.project.gatekeeper("hook", "install", hook, *arguments, GIT_CONFIG_GLOBAL=os.devnull).expect(0)

    def git(self, *arguments: str, cwd: Path | None = None, **env: str | None) -> Done:
        """git as a user runs it, its hooks included, and with nobody's name."""
        ended = subprocess.run(
            ["git", *arguments],
            cwd=cwd or self.root,
            env=self.project.environment(**{"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, **env}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(ended.returncode, ended.stdout, ended.stderr)

    def push(self, *refs: str, cwd: Path | None = None, **env: str | None) -> Done:
        return self.git("push", "origin", *refs, cwd=cwd, **env)

    def has(self, ref: str) -> str:
        """What the remote has under a ref; empty for nothing."""
        done = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", ref],
            cwd=self.remote,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip()

    def runs(self) -> list[str]:
        """The commits that runs have judged, oldest first."""
        return [str(journal.last("run.started").get("at", "")) for journal in self.project.journals()]

    def pushes(self) -> list[dict[str, Any]]:
        """What the hook wrote down, oldest first."""
        file = self.root / ".gatekeeper" / "pushes.jsonl"
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []
