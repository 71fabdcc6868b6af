"""Owns proving fixes in tests: a step that failed in a real run, what the tree held then, and the proof itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Coroutine, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import anyio
import pytest

from gatekeeper.adapters.guard.choice import start_helpers
from gatekeeper.cli.evidence import keep_definition
from gatekeeper.cli.fix_proving import FixProving
from gatekeeper.cli.run_request import RunRequest
from gatekeeper.cli.wiring import OpenedRun, open_run
from gatekeeper.engine.stop import Stop
from gatekeeper.model.help_events import FixProved
from gatekeeper.model.helping import DueProof
from gatekeeper.model.plan import Pairs, StepId
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.signature import step_signature
from tests.support.projects import Project, git

Beside = Callable[[Stop], Coroutine[Any, Any, None]]


COMMAND = "grep -qx good value || { echo 'no good'; exit 4; }"
CHECK = f"""
gates:
  suite:
    steps:
      check:
        run: |
          {COMMAND}
"""


def red(project: Project, value: str = "bad") -> Project:
    (project.root / "value").write_text(f"{value}\n")
    committed(project.root)
    return project


def committed(folder: Path, *options: str) -> Path:
    """`folder`, as a git repository with all that it holds in a commit."""
    git(folder, "init", "-q", *options)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "all")
    return folder


def kept(folder: Path, aside: Path) -> str:
    """A commit on no branch that holds all of the repository at `folder` as it is now, made by plain git."""
    (aside / "index").unlink(missing_ok=True)
    env = {
        "PATH": os.environ["PATH"],
        "GIT_INDEX_FILE": str(aside / "index"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{f"GIT_{role}_{what}": "x@y" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }

    def said(*arguments: str) -> str:
        return subprocess.run(
            ("git", *arguments), cwd=folder, env=env, check=True, capture_output=True, text=True
        ).stdout.strip()

    said("read-tree", "HEAD")
    said("add", "-A")
    return said("commit-tree", said("write-tree"), "-p", "HEAD", "-m", "kept")


def seen_red(project: Project, step: str, repos: Mapping[str, Path] | None = None) -> DueProof:
    """Run the cycle, in which `step` does not pass, and keep what is needed to prove a fix of it."""
    done = project.gatekeeper("run", "tiny", "--rounds", "1")
    assert project.journals(), done.text
    journal = project.journals()[-1]
    gate, _, name = step.partition("/")
    event = journal.last("step.finished", gate=gate, step=name)
    assert event["verdict"] not in {"passed", "skipped", "blocked"}, event
    findings = tuple(Finding(**found) for found in event["findings"])
    snapshot: Pairs = tuple(
        (repo, kept(folder, project.temporary))
        for repo, folder in ({"project": project.root} if repos is None else repos).items()
    )
    tree = journal.last("round.finished")["tree"]
    signature = step_signature(event["verdict"], findings, event.get("last_lines", ()))
    return DueProof(StepId(gate, name), tree, snapshot, signature)


def prove(
    project: Project,
    due: DueProof,
    monkeypatch: pytest.MonkeyPatch,
    *,
    beside: Beside | None = None,
    over: anyio.Event | None = None,
) -> FixProved:
    """Prove inside of a run that is open, as the engine does.

    `beside` runs meanwhile, and may ask that run to stop; when `over` is set the time for the proof is.
    """
    for name, value in project.environment().items():
        monkeypatch.setenv(name, value)

    async def proving(opened: OpenedRun) -> FixProved:
        stop = Stop()
        async with anyio.create_task_group() as tasks:
            if beside is not None:
                tasks.start_soon(beside, stop)
            try:
                with anyio.CancelScope() as scope:
                    if over is not None:
                        tasks.start_soon(_cancel, over, scope)
                    proved = await FixProving(opened, stop).prove(due)
            finally:
                tasks.cancel_scope.cancel()
                await opened.guard.close()
        return proved

    with ExitStack() as closing:
        path = str(project.root / "gates" / "tiny.yaml")
        request = RunRequest(str(project.root), path, (), 1, None, (), "human", verbose=False)
        opened = open_run(request, closing, start_helpers())
        keep_definition(opened.plan, opened.folder)
        return anyio.run(proving, opened)


async def _cancel(over: anyio.Event, scope: anyio.CancelScope) -> None:
    await over.wait()
    scope.cancel()


def nothing_left(project: Project, *repos: Path) -> None:
    """No worktree, in git's eyes and on the disk, and nothing that a run left open."""
    for repo in repos or (project.root,):
        assert git(repo, "worktree", "list").count("\n") == 1
    state = project.root / ".gatekeeper"
    assert [path.name for path in (state / "worktrees").iterdir()] == [".gitignore"]
    assert list((state / "open").iterdir()) == []


def proofs(project: Project) -> list[Path]:
    """The folders of the runs that proved something."""
    return sorted((project.root / ".gatekeeper" / "proofs" / "runs").iterdir())
