"""`gatekeeper agent` puts hooks into the settings of agents' tools, takes them out, and says what it cannot do."""

from __future__ import annotations

import json
import shlex
import stat
import subprocess
from pathlib import Path

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, git

CYCLE = "gates: {g: {steps: {passes: {run: 'true'}}}}\n"
SETTINGS = {"claude": ".claude/settings.json", "cursor": ".cursor/hooks.json"}


@pytest.fixture
def project(tiny: MakeTiny) -> Project:
    made = tiny(CYCLE)
    git(made.root, "init", "--quiet")
    return made


@pytest.mark.slow
@pytest.mark.parametrize("tool", SETTINGS)
def test_in_and_out_again(project: Project, tool: str) -> None:
    settings = project.root / SETTINGS[tool]
    settings.parent.mkdir()
    before = '{\n\t"hooks": {\n\t\t"other": []\n\t}\n}'
    settings.write_text(before, "utf-8")
    settings.chmod(0o600)
    shown = project.gatekeeper("agent", "install", tool, "--dry-run").expect(0)
    assert settings.read_text("utf-8") == before
    done = project.gatekeeper("agent", "install", tool, "--within", "20m").expect(0)
    whole = settings.read_text("utf-8")
    assert whole in shown.out.replace("570s", "1200s").replace(" 600", " 1230") + "\n"
    assert stat.S_IMODE(settings.stat().st_mode) == 0o600
    assert "An agent can edit these settings" in done.out
    assert "it is there already" in project.gatekeeper("agent", "install", tool, "--within", "20m").expect(0).out
    project.gatekeeper("agent", "uninstall", tool).expect(0)
    assert settings.read_text("utf-8") == before
    assert "nothing of ours" in project.gatekeeper("agent", "uninstall", tool).expect(0).out


@pytest.mark.slow
def test_what_is_installed_can_be_called(project: Project) -> None:
    """As a tool calls it: by a shell, from a folder below."""
    project.gatekeeper("agent", "install", "claude", "--no-push").expect(0)
    hooks = json.loads((project.root / ".claude/settings.json").read_text("utf-8"))["hooks"]
    command = hooks["SessionStart"][0]["hooks"][0]["command"]
    assert shlex.split(command)[1:] == ["agent-hook", "session-start", "--protocol", "claude", "--cycle", "tiny"]
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=project.root / "gates",
        input=json.dumps({"session_id": "s", "cwd": str(project.root)}),
        env=project.environment(CLAUDE_PROJECT_DIR=None),
        text=True,
        capture_output=True,
        check=False,
    )
    assert "additionalContext" in done.stdout, done


def test_a_config_of_codex_that_holds_hooks_gets_a_block(project: Project) -> None:
    """Else a file of its own, as for the others."""
    assert '"Stop": [' in project.gatekeeper("agent", "install", "codex", "--dry-run").expect(0).out
    config = project.root / ".codex" / "config.toml"
    config.parent.mkdir()
    before = '# mine\n[[hooks.Stop]]\n[[hooks.Stop.hooks]]\ntype = "command"\ncommand = "lint"'
    config.write_text(before, "utf-8")
    assert "/hooks in Codex" in project.gatekeeper("agent", "install", "codex", "--no-push").expect(0).out
    assert not (project.root / ".codex" / "hooks.json").exists()
    assert config.read_text("utf-8").startswith(before + "\n# gatekeeper: begin\n[[hooks.Stop]]\n")
    project.gatekeeper("agent", "uninstall", "codex").expect(0)
    assert config.read_text("utf-8") == before


def test_any_other_agent_is_asked_in_its_own_document(project: Project) -> None:
    done = project.gatekeeper("agent", "install", "generic", "--no-push").expect(0)
    assert "holds nobody" in done.out
    assert "verdict --cycle tiny" in (project.root / "AGENTS.md").read_text("utf-8")
    assert "removed" in project.gatekeeper("agent", "uninstall", "generic").expect(0).out
    assert not (project.root / "AGENTS.md").exists()


def test_what_cannot_be_edited_is_told_with_what_to_put_in(project: Project) -> None:
    settings = project.root / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text('{\n  // mine\n  "a": 1\n}\n', "utf-8")
    done = project.gatekeeper("agent", "install", "claude", "--no-push").expect(1)
    assert f"{settings} is left as it is: line 2 has a comment, which JSON has not. Put this in by hand:" in done.err
    assert '"Stop": [' in done.err
    assert settings.read_text("utf-8") == '{\n  // mine\n  "a": 1\n}\n'
    settings.write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in project.gatekeeper("agent", "install", "claude", "--no-push").expect(1).err


def test_settings_that_lead_out_of_the_project_are_left_alone(project: Project, tmp_path: Path) -> None:
    (tmp_path / "theirs.json").write_text("{}", "utf-8")
    (project.root / ".claude").mkdir()
    (project.root / ".claude" / "settings.json").symlink_to(tmp_path / "theirs.json")
    assert "leads out of the project" in project.gatekeeper("agent", "install", "claude", "--no-push").expect(1).err
    assert (tmp_path / "theirs.json").read_text("utf-8") == "{}"


def test_which_cycle(project: Project) -> None:
    project.define(CYCLE, "second")
    assert "there is second, tiny" in project.gatekeeper("agent", "install", "claude", "--no-push").expect(2).err
    project.gatekeeper("agent", "install", "claude", "--no-push", "--cycle", "tinny").expect(2)
    project.gatekeeper("agent", "install", "claude", "--no-push", "--cycle", "tiny", "--within", "soon").expect(2)
    assert not (project.root / ".claude").exists()
    project.gatekeeper("agent", "install", "claude", "--no-push", "--cycle", "second").expect(0)
    assert "--cycle second" in (project.root / ".claude" / "settings.json").read_text("utf-8")
