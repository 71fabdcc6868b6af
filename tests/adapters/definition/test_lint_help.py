"""`check` tells of help that can't help, or helps too much, and of inputs that can't hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.adapters.definition.lint import lint
from gatekeeper.adapters.definition.lint_found import Found
from gatekeeper.adapters.definition.loading import load
from tests.adapters.definition.definitions import GATES, HEAD
from tests.adapters.definition.linting import findings, rules

SOUND = "rounds: 4, fixer: {run: ./fix.sh, scope: [src]}"


def policy(body: str) -> str:
    return f"{HEAD}until_green: {{{body}}}\n{GATES}"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (SOUND, []),
        ("rounds: 1", []),
        ("prove_fix: never", []),
        ("fixer: {run: ./fix.sh, scope: [src]}", []),
        ("rounds: 4, fixer: {run: ./fix.sh}", [("fixer-without-scope", "until_green.fixer")]),
        ("rounds: 1, fixer: {run: ./fix.sh, scope: [src]}", [("too-few-rounds", "until_green.rounds")]),
        ("rounds: 2, fixer: {run: ./fix.sh, scope: [src]}", [("too-few-rounds", "until_green.rounds")]),
        ("rounds: 2, mitigate: git_lock", []),
        ("rounds: 1, mitigate: git_lock", [("too-few-rounds", "until_green.rounds")]),
        ("rounds: 3, fixer: {run: x, scope: [a], calls: 3}", [("too-few-rounds", "until_green.fixer.calls")]),
        ("rounds: 4, fixer: {run: x, scope: [a], calls: 3}", [("too-few-rounds", "until_green.fixer.calls")]),
        ("rounds: 5, fixer: {run: x, scope: [a], calls: 3}", []),
        (f"prove_fix: never, {SOUND}", [("fix-unproven", "until_green.prove_fix")]),
        ("rounds: 4, fixer: {run: claude 'fix it', scope: [a]}", [("asks", "until_green.fixer.run")]),
        ("rounds: 4, fixer: {run: [codex, fix it], scope: [a]}", [("asks", "until_green.fixer.run")]),
        ("rounds: 4, fixer: {run: npm init, scope: [a]}", [("asks", "until_green.fixer.run")]),
    ],
)
def test_help_that_does_not_help(tmp_path: Path, body: str, found: list[tuple[str, str]]) -> None:
    """Each is told at the key that it is about."""
    assert [(finding.rule, finding.key) for finding in findings(tmp_path, policy(body))] == found


def test_what_is_meant_is_allowed_with_its_reason(tmp_path: Path) -> None:
    """Beside the policy that it is about, as in a step; and what nothing needs is told."""
    allowed = "allow: {fixer-without-scope: it is a scratch clone}"
    assert findings(tmp_path, policy(f"rounds: 4, fixer: {{run: ./fix.sh}}, {allowed}")) == ()
    [idle] = findings(tmp_path, policy(f"{SOUND}, {allowed}"))
    assert (idle.rule, idle.key) == ("idle-allow", "until_green.allow.fixer-without-scope")


@pytest.mark.parametrize(
    "script",
    [
        "claude",
        'claude "fix it"',
        "claude --model x 'fix it'",
        "cat brief.md | claude",
        "npx @anthropic-ai/claude-code fix",
        "codex",
        "codex 'fix it'",
        "codex --model x 'fix it'",
        "gemini",
        "cursor-agent 'fix it'",
        "copilot",
        "opencode",
        "aider src/a.py",
        "timeout 60 claude fix",
    ],
)
def test_an_agent_that_opens_a_conversation(tmp_path: Path, script: str) -> None:
    """It would wait for a person, or refuse to begin without a terminal."""
    assert rules(tmp_path, script) == ["asks"]


@pytest.mark.parametrize(
    "script",
    [
        "claude -p 'fix it'",
        "claude --print --output-format json",
        "claude mcp list",
        "claude --version",
        "codex exec 'fix it'",
        "codex exec --full-auto -",
        "codex --help",
        "gemini --prompt 'fix it'",
        "opencode run 'fix it'",
        "aider --yes-always --message-file brief.md",
        "./claude.sh",
        "echo claude",
        "mkdir -p codex",
    ],
)
def test_an_agent_that_is_given_its_task(tmp_path: Path, script: str) -> None:
    """It does that, and ends."""
    assert rules(tmp_path, script) == []


@pytest.mark.parametrize(
    ("mutates", "found"),
    [("src/a.py", True), ("src/**", True), ("./src/**", True), ("**", True), ("docs/**", False), ("src.lock", False)],
)
def test_inputs_that_the_step_changes(tmp_path: Path, mutates: str, found: bool) -> None:
    """What it passed on is gone once it has passed."""
    text = f"{HEAD}gates: {{g: {{steps: {{s: {{run: x, inputs: [lib, 'src/**'], mutates: '{mutates}'}}}}}}}}\n"
    told = [(finding.rule, finding.key) for finding in findings(tmp_path, text)]
    inputs = "gates.g.steps.s.inputs"
    changed = [f"{inputs}[0]", f"{inputs}[1]"] if mutates == "**" else [f"{inputs}[1]"]
    assert told == [("inputs-mutated", key) for key in changed] * found


def test_what_was_found_beside_the_definition_is_told_where_it_belongs(tmp_path: Path) -> None:
    """With line and column, and allowed where the rest is."""
    text = f"{HEAD}gates:\n  g:\n    steps:\n      s: {{run: x, inputs: dist, allow: {{ALLOWED}}}}\n"
    path = tmp_path / "c.yaml"
    beside = (Found("matches-nothing", ("gates", "g", "steps", "s", "inputs", 0), 0, "`dist` names nothing"),)
    path.write_text(text.replace("ALLOWED", ""))
    [finding] = lint(str(path), load(str(path), root=str(tmp_path)), beside=beside)
    assert (finding.rule, finding.line, finding.column, finding.key) == (
        "matches-nothing",
        6,
        27,
        "gates.g.steps.s.inputs",
    )
    path.write_text(text.replace("ALLOWED", "matches-nothing: it is built first"))
    assert lint(str(path), load(str(path), root=str(tmp_path)), beside=beside) == ()
