"""Scratch worktrees that a killed gatekeeper left: the next command that tidies up takes them away."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gatekeeper.adapters.repos.scratch import Scratch
from gatekeeper.cli.main import run


def test_reap_removes_what_a_killed_gatekeeper_checked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gates").mkdir()
    git = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.test")
    for arguments in (("init", "--quiet"), ("commit", "--quiet", "--allow-empty", "--message", "x")):
        subprocess.run((*git, *arguments), check=True)
    into = tmp_path / ".gatekeeper" / "worktrees"
    child = os.fork()
    if not child:
        Scratch(str(tmp_path), "HEAD", str(into)).open()
        os._exit(0)
    os.waitpid(child, 0)
    assert len(os.listdir(into)) == 3
    assert run(["reap"]) == 0
    assert "removed the scratch worktree" in capsys.readouterr().out
    assert os.listdir(into) == [".gitignore"]
    assert run(["reap"]) == 0
    assert "nothing was left behind" in capsys.readouterr().out
